#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ltfb::data {

/// A progress line on stderr, where that is a terminal: "<label> 12.3 of 611.0 MB".
class ByteProgress {
public:
    ByteProgress(std::string label, std::uint64_t total_bytes);
    /// Ends the line, if any was printed.
    ~ByteProgress();
    ByteProgress(const ByteProgress&) = delete;
    ByteProgress& operator=(const ByteProgress&) = delete;
    ByteProgress(ByteProgress&&) = delete;
    ByteProgress& operator=(ByteProgress&&) = delete;

    /// Cheap enough to be called for every piece read; prints a few times a second.
    void update(std::uint64_t done_bytes);

private:
    std::string label_;
    std::uint64_t total_bytes_;
    bool is_terminal_;
    bool is_printed_ = false;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace ltfb::data
