#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ltfb::server {

/// Reads the whole lines of an open file one after the other. Holds at most one line and one piece
/// of the file, whatever the file looks like.
class LineScanner {
public:
    /// Longer lines are passed over as overlong, without being held.
    static constexpr std::size_t max_line_bytes = std::size_t{4} << 20U;

    struct Line {
        std::string_view text;  // without its newline; empty where overlong
        bool is_overlong = false;
    };

    /// From the line that starts at `offset`; `is_inside_overlong`: the scanner before this one
    /// gave up in the middle of a line.
    LineScanner(int file, std::uint64_t offset, bool is_inside_overlong = false);

    /// The next whole line, valid until the next call; nullopt at the end, torn line or not.
    /// Throws Error where the file can't be read.
    std::optional<Line> next();

    /// Just after the last line that `next` returned; inside an overlong line, after what was
    /// passed over.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
    [[nodiscard]] bool is_inside_overlong() const noexcept { return is_inside_overlong_; }

private:
    bool read_piece();

    int file_;
    std::uint64_t offset_;
    bool is_inside_overlong_;
    std::string held_;       // bytes of the file from begin_offset_ on
    std::size_t begin_ = 0;  // of the next line, in held_
};

}  // namespace ltfb::server
