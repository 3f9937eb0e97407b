#include "experiments/log/line_reader.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ltfb::experiments {

namespace {
constexpr std::size_t block_bytes = std::size_t{1} << 18U;  // stays in a core's cache
}

void LineReader::DescriptorTraits::close(Raw raw) noexcept {
    ::close(raw);
}

LineReader::LineReader(std::string path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!file_) {
        throw InputError(
            fmt::format("{}: cannot be opened: {} (check the path)", path_, std::strerror(errno)));
    }
    struct stat status {};
    if (::fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw InputError(fmt::format("{}: is not a file (name a run directory or its log)", path_));
    }
    buffer_.resize(block_bytes + padding);
}

std::uint64_t LineReader::file_size() const noexcept {
    struct stat status {};
    return ::fstat(file_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::optional<LineReader::Line> LineReader::next() {
    while (true) {
        const void* found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
        if (found != nullptr) {
            const auto newline =
                static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
            return finish_line(newline);
        }
        scanned_ = end_;
        if (end_ - begin_ > max_line_bytes) {
            skipping_ = true;
            begin_ = scanned_ = end_ = 0;
        }
        if (!fill()) { return std::nullopt; }
    }
}

std::optional<LineReader::Line> LineReader::finish_line(std::size_t newline) {
    Line line{.text = {}, .number = ++lines_, .too_long = std::exchange(skipping_, false)};
    if (!line.too_long) { line.text = {buffer_.data() + begin_, newline - begin_}; }
    begin_ = scanned_ = newline + 1;
    return line;
}

std::string_view LineReader::rest() const noexcept {
    return {buffer_.data() + begin_, end_ - begin_};
}

bool LineReader::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - padding == end_) { buffer_.resize(2 * end_ + padding); }
    ssize_t got = 0;
    do {
        got = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - padding - end_);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        throw Error(fmt::format("{}: cannot be read: {}", path_, std::strerror(errno)));
    }
    end_ += static_cast<std::size_t>(got);
    bytes_read_ += static_cast<std::uint64_t>(got);
    return got > 0;
}

}  // namespace ltfb::experiments
