#include "orchestrator/server/server_line_scanner.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ltfb::server {

namespace {
constexpr std::size_t piece_bytes = std::size_t{64} << 10U;
}

LineScanner::LineScanner(int file, std::uint64_t offset, bool is_inside_overlong)
    : file_(file), offset_(offset), is_inside_overlong_(is_inside_overlong) {}

bool LineScanner::read_piece() {
    held_.erase(0, begin_);
    begin_ = 0;
    const std::size_t size = held_.size();
    held_.resize(size + piece_bytes);
    const auto got = ::pread(file_, &held_[size], piece_bytes, static_cast<off_t>(offset_ + size));
    if (got < 0) { throw Error(fmt::format("reading a log: {}", std::strerror(errno))); }
    held_.resize(size + static_cast<std::size_t>(got));
    return got > 0;
}

std::optional<LineScanner::Line> LineScanner::next() {
    std::size_t searched = begin_;
    for (;;) {
        const auto newline = held_.find('\n', searched);
        if (newline != std::string::npos) {
            const Line line{.text = is_inside_overlong_
                                        ? std::string_view{}
                                        : std::string_view(held_).substr(begin_, newline - begin_),
                            .is_overlong = is_inside_overlong_};
            is_inside_overlong_ = false;
            offset_ += newline + 1 - begin_;
            begin_ = newline + 1;
            return line;
        }
        if (is_inside_overlong_ || held_.size() - begin_ > max_line_bytes) {
            is_inside_overlong_ = true;
            offset_ += held_.size() - begin_;
            begin_ = held_.size();
        }
        searched = held_.size() - begin_;
        if (!read_piece()) { return std::nullopt; }
    }
}

}  // namespace ltfb::server
