#include "orchestrator/server/server_followed_log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/descriptor.hpp"
#include "orchestrator/server/server_line_scanner.hpp"

namespace ltfb::server {

namespace {

constexpr std::uint64_t lines_per_offset = 64;
constexpr std::size_t head_bytes = 256;
// Beyond this a log isn't followed any further: 25 MB of memory.
constexpr std::uint64_t max_lines = 100'000'000;

/// Empty where there's no regular file. Non-blocking, since a named pipe would wait for a writer.
Descriptor open_log(const std::string& path, struct stat& status) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) { return {}; }
    return file;
}

std::string read_head(int file, std::size_t size) {
    std::string head(size, '\0');
    const auto got = ::pread(file, head.data(), size, 0);
    head.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return head;
}

double wall_clock_s() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

FollowedLog::FollowedLog(std::string path) : path_(std::move(path)) {}

void FollowedLog::reset() {
    FollowedLog fresh(path_);
    fresh.generation_ = generation_ + 1;
    *this = std::move(fresh);
}

// A file made anew often gets the inode number of the one removed before it, so what it starts
// with tells more: the first line has the run's identity and time.
bool FollowedLog::is_same_log(int file) const {
    return read_head(file, head_.size()) == head_;
}

void FollowedLog::remember_line(std::uint64_t offset, bool is_readable) {
    if (lines_ % lines_per_offset == 0) { offsets_.push_back(offset); }
    is_unreadable_.push_back(!is_readable);
    unreadable_count_ += is_readable ? 0 : 1;
    ++lines_;
}

FollowedLog::News FollowedLog::poll(std::uint64_t budget_bytes, const Take& take) {
    struct stat status {};
    const Descriptor file = open_log(path_, status);
    const auto size = file ? static_cast<std::uint64_t>(status.st_size) : 0;
    if (size < size_ || (file && size != size_ && !is_same_log(file.get()))) {
        reset();
        return News::replaced;
    }
    if (!file) {
        searched_size_ = 0;
        return News::none;
    }
    written_s_ = static_cast<double>(status.st_mtim.tv_sec) +
                 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
    size_ = size;
    if (searched_size_ == size_ || lines_ >= max_lines) { return News::none; }
    if (head_.size() < head_bytes) { head_ = read_head(file.get(), head_bytes); }
    return take_lines(file.get(), budget_bytes, take) ? News::some : News::none;
}

bool FollowedLog::take_lines(int file, std::uint64_t budget_bytes, const Take& take) {
    LineScanner scanner(file, offset_, overlong_begin_.has_value());
    const std::uint64_t begin = offset_;
    const std::uint64_t lines_before = lines_;
    bool stops = false;
    while (!stops && offset_ - begin < budget_bytes && lines_ < max_lines) {
        const auto line = scanner.next();
        if (!line) {
            searched_size_ = size_;
            break;
        }
        Taken taken{.is_readable = false};
        if (!line->is_overlong) { taken = take(lines_, line->text); }
        remember_line(overlong_begin_.value_or(offset_), taken.is_readable);
        overlong_begin_.reset();
        offset_ = scanner.offset();
        stops = taken.stops;
    }
    if (scanner.is_inside_overlong()) {
        if (!overlong_begin_) { overlong_begin_ = offset_; }
        offset_ = scanner.offset();
    }
    return lines_ > lines_before;
}

double FollowedLog::idle_s() const {
    return written_s_ > 0.0 ? std::max(0.0, wall_clock_s() - written_s_) : 0.0;
}

std::uint64_t FollowedLog::read(std::uint64_t from,
                                std::uint64_t end,
                                std::uint64_t budget_bytes,
                                const Visit& visit) const {
    end = std::min(end, lines_);
    if (from >= end) { return from; }
    struct stat status {};
    const Descriptor file = open_log(path_, status);
    if (!file || !is_same_log(file.get())) { return from; }
    std::uint64_t number = from / lines_per_offset * lines_per_offset;
    LineScanner scanner(file.get(), offsets_[from / lines_per_offset]);
    for (std::uint64_t used = 0; number < end && (number <= from || used < budget_bytes);
         ++number) {
        const auto line = scanner.next();
        if (!line) { break; }
        if (number < from) { continue; }
        visit(number, line->text, !is_unreadable_[number] && !line->is_overlong);
        used += line->text.size();
    }
    return std::max(number, from);
}

}  // namespace ltfb::server
