#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ltfb::server {

/// A log that somebody else appends to: knows where its lines begin, and reads any of them. Memory
/// is a bit a line and an offset for every 64th.
class FollowedLog {
public:
    /// What a look at the file found. `some`: whole lines, and there may be more at once.
    enum class News { none, some, replaced };

    /// Given each new line; says whether it's readable, and whether to stop behind it.
    struct Taken {
        bool is_readable = true;
        bool stops = false;
    };
    using Take = std::function<Taken(std::uint64_t number, std::string_view line)>;
    using Visit =
        std::function<void(std::uint64_t number, std::string_view line, bool is_readable)>;

    explicit FollowedLog(std::string path);

    /// Looks for new lines and takes about `budget_bytes` of them, or up to a stop. `replaced`:
    /// the file was truncated or is another one; its lines count from 0 again. A file that isn't
    /// there yet or can't be read is empty.
    News poll(std::uint64_t budget_bytes, const Take& take);

    /// Visits known lines from `from` up to `end` or about `budget_bytes`, at least one if there
    /// is one. Returns the number of the line after the last that was visited.
    std::uint64_t read(std::uint64_t from,
                       std::uint64_t end,
                       std::uint64_t budget_bytes,
                       const Visit& visit) const;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return size_; }
    [[nodiscard]] std::uint64_t unreadable() const noexcept { return unreadable_count_; }
    /// Whether part of the file is still to be taken.
    [[nodiscard]] bool is_behind() const noexcept { return searched_size_ != size_; }
    /// Whether the file ends in the middle of a line.
    [[nodiscard]] bool is_torn() const noexcept {
        return !is_behind() && (offset_ != size_ || overlong_begin_);
    }
    /// Grows whenever the log is replaced.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
    /// Seconds since the file was last written to; 0 where there's none.
    [[nodiscard]] double idle_s() const;

private:
    [[nodiscard]] bool is_same_log(int file) const;
    void reset();
    bool take_lines(int file, std::uint64_t budget_bytes, const Take& take);
    void remember_line(std::uint64_t offset, bool is_readable);

    std::string path_;
    std::uint64_t generation_ = 0;
    std::uint64_t size_ = 0;                       // of the file when last looked at
    std::uint64_t offset_ = 0;                     // behind the last known line
    std::optional<std::uint64_t> overlong_begin_;  // of the line that offset_ is inside of
    // Nothing whole was left in a file of this size.
    std::uint64_t searched_size_ = ~std::uint64_t{0};
    double written_s_ = 0.0;  // wall clock
    std::string head_;        // the file's first bytes, by which a replaced log is recognised
    std::uint64_t lines_ = 0;
    std::uint64_t unreadable_count_ = 0;
    std::vector<std::uint64_t> offsets_;  // of every 64th line
    std::vector<bool> is_unreadable_;     // by line
};

}  // namespace ltfb::server
