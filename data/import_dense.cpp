#include "data/import_dense.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

#include <fmt/core.h>

#include "core/error.hpp"
#include "data/check_values.hpp"
#include "data/numbers.hpp"
#include "data/provenance.hpp"
#include "data/table_reader.hpp"

namespace ltfb::data {

namespace {

using Tables = std::vector<std::unique_ptr<TableReader>>;

// + 0 turns a negative zero into zero, so that equal values have equal digests.
float value_in(const TableReader& table, std::size_t column) {
    const auto value = static_cast<float>(table.number(column)) + 0.0F;
    if (!std::isfinite(value)) { table.fail(column, "is too large"); }
    return value;
}

std::vector<float> read_response(const std::string& path) {
    TableReader table(path, TableReader::Header::absent);
    std::vector<float> response;
    while (table.next()) {
        if (table.width() != 1) { table.fail(1, "is one too many (a response has one column)"); }
        response.push_back(value_in(table, 0));
    }
    require_some(response.size(), path);
    return response;
}

// The next row of all files side by side. Throws where a file ends before the response does.
void read_row(const Tables& tables, std::size_t row, std::size_t rows, std::span<float> out) {
    std::size_t filled = 0;
    for (const auto& table : tables) {
        if (!table->next()) {
            throw InputError(
                fmt::format("{}: has {} rows where the response has {}", table->path(), row, rows));
        }
        if (table->width() > out.size() - filled) {
            table->fail(out.size() - filled,
                        fmt::format("is beyond the last slice, {}", out.size()));
        }
        for (std::size_t c = 0; c < table->width(); ++c) { out[filled++] = value_in(*table, c); }
    }
    if (filled != out.size()) {
        throw InputError(
            fmt::format("{}: the feature files have {} columns where the slices end at {}",
                        tables.back()->path(),
                        filled,
                        out.size()));
    }
}

void require_end(const Tables& tables, std::size_t rows) {
    for (const auto& table : tables) {
        if (table->next()) {
            throw InputError(
                fmt::format("{}: has more rows than the response ({})", table->path(), rows));
        }
    }
}

void write_features(const Tables& tables, const Hdf5File& out, DenseIndex& index) {
    constexpr std::size_t block_rows = 128;  // written at once
    const std::size_t columns = index.slices.columns();
    const std::size_t rows = index.response.size();
    const std::array extent{rows, columns};
    const Hdf5Dataset features = out.create_dataset("/dense/features", Hdf5Type::f32, extent);
    std::vector<float> block(block_rows * columns);
    for (std::size_t begin = 0; begin < rows; begin += block_rows) {
        const std::size_t count = std::min(block_rows, rows - begin);
        for (std::size_t r = 0; r < count; ++r) {
            const auto row = std::span(block).subspan(r * columns, columns);
            read_row(tables, begin + r, rows, row);
            index.keys.push_back(key_of_row(row, index.slices));
        }
        features.write_rows(begin, std::span<const float>(block).first(count * columns));
    }
}

}  // namespace

Slices parse_slices(const std::string& text) {
    Slices slices;
    const char* next = text.data();
    const char* const end = text.data() + text.size();
    for (std::size_t i = 0; i < slices.at.size(); ++i) {
        const auto parsed = std::from_chars(next, end, slices.at[i]);
        const bool is_last = i + 1 == slices.at.size();
        const bool is_followed =
            is_last ? parsed.ptr == end : parsed.ptr != end && *parsed.ptr == ',';
        if (parsed.ec != std::errc{} || !is_followed) {
            throw InputError("--slices " + in_quotes(text) +
                             ": four whole numbers belong here, as 0,921,4750,8579");
        }
        next = parsed.ptr + 1;
    }
    require_slices(slices, "--slices");
    return slices;
}

DenseIndex import_dense(const DenseImport& from, const Hdf5File& out) {
    DenseIndex index;
    index.slices = from.slices;
    index.response = read_response(from.response);
    Tables tables;
    for (const std::string& path : from.features) {
        tables.push_back(std::make_unique<TableReader>(path, TableReader::Header::absent));
    }
    write_features(tables, out, index);
    require_end(tables, index.response.size());

    Sources sources;
    for (const std::string& path : from.features) { sources.emplace_back("features", path); }
    sources.emplace_back("response", from.response);
    index.provenance =
        to_text(provenance_of("import-dense", {{"slices", from.slices.at}}, sources));
    write_dense_index(out, index);
    return index;
}

}  // namespace ltfb::data
