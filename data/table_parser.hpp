#pragma once

// Wraps zlib and libcsv; include in table_reader.cpp alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <csv.h>
#include <zlib.h>

#include "core/handle.hpp"
#include "data/progress.hpp"
#include "data/table_row.hpp"

namespace ltfb::data {

struct GzipTraits {
    using Raw = gzFile;
    static Raw null() noexcept { return nullptr; }
    static void close(Raw raw) noexcept { gzclose_r(raw); }
};

/// Splits a plain or gzip file into rows of fields. libcsv is fed line by line, so that the line
/// of every row is known.
class TableParser {
public:
    explicit TableParser(const std::string& path);
    ~TableParser();
    TableParser(const TableParser&) = delete;
    TableParser& operator=(const TableParser&) = delete;
    TableParser(TableParser&&) = delete;
    TableParser& operator=(TableParser&&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The next row that is not blank; false at the end. Throws InputError.
    bool next(TableRow& row);

private:
    /// Up to and with the next line feed, or what is left of the buffer; empty at the end.
    std::string_view next_piece();
    bool refill();
    void start();
    bool finish(TableRow& row);
    [[noreturn]] void fail(std::string_view what) const;

    std::string path_;
    UniqueHandle<GzipTraits> file_;
    ByteProgress progress_;
    csv_parser csv_{};
    std::vector<char> buffer_;
    std::string_view unread_;
    std::uint64_t line_ = 1;
    bool is_started_ = false;
};

}  // namespace ltfb::data
