#pragma once

#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "core/file.hpp"

namespace ltfb::experiments {

/// A value of a TensorBoard curve.
struct Scalar {
    std::string_view tag;
    double value = 0.0;
};

/// Writes one TensorBoard event file: TFRecord framing (length, masked CRC-32C of the length, data,
/// masked CRC-32C of the data; little endian) around the protobuf message Event with the fields
/// wall_time = 1, step = 2, file_version = 3, summary = 5 { value = 1 { tag = 1, simple_value = 2 }
/// }. Source: tensorflow/core/util/event.proto, summary.proto, and lib/io/record_writer.cc.
class TensorboardFile {
public:
    /// Throws Error where `path` cannot be written.
    TensorboardFile(const std::string& path, double wall_time);

    void add(double wall_time, std::int64_t step, std::span<const Scalar> scalars);
    /// Makes the file final; without it nothing is left. Throws Error.
    void keep();

private:
    void write_record(std::string_view data);

    PartialFile partial_;
    std::ofstream file_;
};

}  // namespace ltfb::experiments
