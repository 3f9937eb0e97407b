#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/handle.hpp"

namespace ltfb::experiments {

/// Reads a growing text file by lines, in large blocks. Memory: one block, or the longest line.
class LineReader {
public:
    /// Bytes that may be read (not used) behind a line; what simdjson asks for.
    static constexpr std::size_t padding = 64;
    /// A longer line is not kept: it comes back empty, with `too_long`.
    static constexpr std::size_t max_line_bytes = std::size_t{1} << 28U;

    struct Line {
        std::string_view text;    // without the newline; lives until the next call
        std::int64_t number = 0;  // 1-based
        bool too_long = false;
    };

    /// Throws InputError where `path` cannot be opened or is no file.
    explicit LineReader(std::string path);

    /// The next whole line, or nullopt at the end of what is written so far; ask again when the
    /// file may have grown. Throws Error where reading fails.
    std::optional<Line> next();
    /// What stands behind the last newline once `next` gave nullopt: a torn line, if not empty.
    [[nodiscard]] std::string_view rest() const noexcept;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    [[nodiscard]] std::int64_t lines_read() const noexcept { return lines_; }
    /// Size of the file now, in bytes.
    [[nodiscard]] std::uint64_t file_size() const noexcept;

private:
    struct DescriptorTraits {
        using Raw = int;
        static Raw null() noexcept { return -1; }
        static void close(Raw raw) noexcept;
    };

    bool fill();
    std::optional<Line> finish_line(std::size_t newline);

    std::string path_;
    UniqueHandle<DescriptorTraits> file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;    // first byte of the line being read
    std::size_t scanned_ = 0;  // no newline in [begin_, scanned_)
    std::size_t end_ = 0;      // behind the last byte read
    std::uint64_t bytes_read_ = 0;
    std::int64_t lines_ = 0;
    bool skipping_ = false;  // in a line that is too long
};

}  // namespace ltfb::experiments
