#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/table_row.hpp"

namespace ltfb::data {

class TableParser;

/// Rows of a text table, streamed: comma or tab separated (whichever the first line has), plain or
/// gzip, quoted fields as RFC 4180. Bears what real files have: CRLF, a byte-order mark, blank
/// lines, blanks around fields, repeated header lines, a final 0x1A. All errors are InputError
/// naming file, line and column; a row may have at most 16 MiB.
class TableReader {
public:
    enum class Header { present, absent };

    TableReader(const std::string& path, Header header);
    ~TableReader();
    TableReader(const TableReader&) = delete;
    TableReader& operator=(const TableReader&) = delete;
    TableReader(TableReader&&) = delete;
    TableReader& operator=(TableReader&&) = delete;

    [[nodiscard]] const std::string& path() const noexcept;
    /// Column names; empty without a header.
    [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }
    /// Throws InputError where no column, or more than one, has the name.
    [[nodiscard]] std::size_t column(std::string_view name) const;

    /// Moves to the next row; false at the end. Throws where the row is not as wide as the first.
    bool next();
    [[nodiscard]] std::size_t width() const noexcept { return row_.width(); }
    /// Field of the current row, without surrounding blanks; valid until `next`.
    [[nodiscard]] std::string_view field(std::size_t column) const noexcept {
        return row_.field(column);
    }
    /// Throws unless the field is a finite number.
    [[nodiscard]] double number(std::size_t column) const;
    /// As `number`; nothing where the field is missing: "na" (any case), "-" or empty.
    [[nodiscard]] std::optional<double> number_or_missing(std::size_t column) const;

    /// Throws InputError "<file>:<line>: column <name>: <what>".
    [[noreturn]] void fail(std::size_t column, std::string_view what) const;

private:
    [[nodiscard]] bool is_header_again() const noexcept;

    std::unique_ptr<TableParser> parser_;
    TableRow row_;
    std::vector<std::string> header_;
    std::size_t expected_width_ = 0;
};

}  // namespace ltfb::data
