#include "data/progress.hpp"

#include <cstdio>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

namespace ltfb::data {

using Clock = std::chrono::steady_clock;

// The first line is held back, so that small files pass silently.
ByteProgress::ByteProgress(std::string label, std::uint64_t total_bytes)
    : label_(std::move(label)),
      total_bytes_(total_bytes),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      next_(Clock::now() + std::chrono::milliseconds(300)) {}

ByteProgress::~ByteProgress() {
    if (is_printed_) { std::fputs("\r\033[K", stderr); }
}

void ByteProgress::update(std::uint64_t done_bytes) {
    if (!is_terminal_ || Clock::now() < next_) { return; }
    next_ = Clock::now() + std::chrono::milliseconds(200);
    is_printed_ = true;
    fmt::print(stderr,
               "\r\033[K{}: {:.1f} of {:.1f} MB",
               label_,
               static_cast<double>(done_bytes) * 1e-6,
               static_cast<double>(total_bytes_) * 1e-6);
}

}  // namespace ltfb::data
