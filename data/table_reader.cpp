#include "data/table_reader.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "data/numbers.hpp"
#include "data/table_parser.hpp"

namespace ltfb::data {

TableReader::TableReader(const std::string& path, Header header)
    : parser_(std::make_unique<TableParser>(path)) {
    if (header == Header::absent) { return; }
    if (!parser_->next(row_)) {
        throw InputError(path + ":1: is empty (a header line belongs here)");
    }
    for (std::size_t c = 0; c < row_.width(); ++c) { header_.emplace_back(row_.field(c)); }
    expected_width_ = row_.width();
}

TableReader::~TableReader() = default;

const std::string& TableReader::path() const noexcept {
    return parser_->path();
}

std::size_t TableReader::column(std::string_view name) const {
    const auto found = std::find(header_.begin(), header_.end(), name);
    if (found == header_.end()) {
        constexpr std::size_t shown = 12;
        std::vector<std::string> names;
        std::transform(
            header_.begin(),
            header_.begin() + static_cast<std::ptrdiff_t>(std::min(shown, header_.size())),
            std::back_inserter(names),
            in_quotes);
        throw InputError(fmt::format("{}:1: column {}: missing (the columns are {}{})",
                                     path(),
                                     in_quotes(name),
                                     fmt::join(names, ", "),
                                     header_.size() > shown ? ", ..." : ""));
    }
    if (std::find(found + 1, header_.end(), name) != header_.end()) {
        throw InputError(fmt::format("{}:1: column {}: appears twice", path(), in_quotes(name)));
    }
    return static_cast<std::size_t>(found - header_.begin());
}

bool TableReader::next() {
    do {
        if (!parser_->next(row_)) { return false; }
    } while (is_header_again());
    if (expected_width_ == 0) { expected_width_ = row_.width(); }
    if (row_.width() != expected_width_) {
        throw InputError(fmt::format("{}:{}: has {} fields where {} belong",
                                     path(),
                                     row_.line,
                                     row_.width(),
                                     expected_width_));
    }
    return true;
}

bool TableReader::is_header_again() const noexcept {
    if (header_.empty() || row_.width() != header_.size()) { return false; }
    std::size_t c = 0;
    while (c < header_.size() && row_.field(c) == header_[c]) { ++c; }
    return c == header_.size();
}

double TableReader::number(std::size_t column) const {
    const auto value = parse_number(field(column));
    if (!value) { fail(column, in_quotes(field(column)) + " is not a finite number"); }
    return *value;
}

std::optional<double> TableReader::number_or_missing(std::size_t column) const {
    if (is_missing(field(column))) { return {}; }
    return number(column);
}

void TableReader::fail(std::size_t column, std::string_view what) const {
    const std::string name =
        header_.empty() ? fmt::format("{}", column + 1) : in_quotes(header_[column]);
    throw InputError(fmt::format("{}:{}: column {}: {}", path(), row_.line, name, what));
}

}  // namespace ltfb::data
