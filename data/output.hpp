#pragma once

#include <optional>
#include <string>

#include "core/file.hpp"
#include "data/hdf5_file.hpp"

namespace ltfb::data {

enum class Overwrite { no, yes };

/// A set being written: made at once, so that an output that cannot be written is known before
/// hours of import; it appears under its name only by `keep`, and otherwise leaves nothing.
class Output {
public:
    /// Throws InputError where `path` exists (unless `overwrite`), is a folder, or cannot be made.
    Output(const std::string& path, Overwrite overwrite);

    /// Until `keep`.
    [[nodiscard]] const Hdf5File& file() const noexcept { return *file_; }
    /// Closes, seals, syncs and renames. Throws Error.
    void keep();

private:
    PartialFile partial_;
    std::optional<Hdf5File> file_;
};

}  // namespace ltfb::data
