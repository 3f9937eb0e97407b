#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ltfb::data {

/// The fields of one row of a text table. Reused from row to row.
struct TableRow {
    std::string text;               // the fields, one after the other
    std::vector<std::size_t> ends;  // where each ends in `text`
    std::uint64_t line = 0;         // of the file, from 1; its last where a field spans lines

    [[nodiscard]] std::size_t width() const noexcept { return ends.size(); }
    [[nodiscard]] std::string_view field(std::size_t column) const noexcept {
        const std::size_t begin = column == 0 ? 0 : ends[column - 1];
        return std::string_view(text).substr(begin, ends[column] - begin);
    }
};

}  // namespace ltfb::data
