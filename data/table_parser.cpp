#include "data/table_parser.hpp"

#include <filesystem>
#include <new>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::data {

namespace {

constexpr std::size_t buffer_bytes = 1U << 18U;
constexpr std::size_t longest_row_bytes = std::size_t{16} << 20U;
constexpr char end_of_text = '\x1a';  // what DOS programs write at the end of a file

gzFile open_table(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        throw InputError(path + ": cannot be read: is a folder (name a file)");
    }
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) { throw InputError(path + ": cannot be opened (check the path)"); }
    gzbuffer(file, buffer_bytes);
    return file;
}

std::uint64_t size_of(const std::string& path) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(path, failed);
    return failed ? 0 : size;
}

struct Target {
    TableRow& row;
    bool is_complete = false;
};

void add_field(void* text, std::size_t size, void* target) {
    TableRow& row = static_cast<Target*>(target)->row;
    if (size > 0) { row.text.append(static_cast<const char*>(text), size); }
    row.ends.push_back(row.text.size());
}

void end_row(int /*terminator*/, void* target) {
    static_cast<Target*>(target)->is_complete = true;
}

// The mark may stand right behind the last field.
void strip_end_of_text(TableRow& row) {
    if (row.text.ends_with(end_of_text) && row.ends.back() == row.text.size()) {
        row.text.pop_back();
        --row.ends.back();
    }
}

}  // namespace

TableParser::TableParser(const std::string& path)
    : path_(path),
      file_(open_table(path)),
      progress_("reading " + path, size_of(path)),
      buffer_(buffer_bytes) {
    if (csv_init(&csv_, CSV_STRICT | CSV_STRICT_FINI) != 0) { throw std::bad_alloc(); }
    csv_set_blk_size(&csv_, 1U << 18U);  // a long row is moved once per block
}

TableParser::~TableParser() {
    csv_free(&csv_);
}

bool TableParser::next(TableRow& row) {
    row.text.clear();
    row.ends.clear();
    if (!is_started_) { start(); }
    Target target{row};
    for (std::size_t row_bytes = 0; !target.is_complete;) {
        const std::string_view piece = next_piece();
        if (piece.empty() || (row_bytes == 0 && piece.front() == end_of_text)) {
            return finish(row);
        }
        if (piece.find('\0') != std::string_view::npos) {
            fail("holds a NUL character (binary data, not a text table)");
        }
        row_bytes += piece.size();
        if (row_bytes > longest_row_bytes) {
            fail("row is longer than 16 MiB (is a quote not closed, or is this no table?)");
        }
        row.line = line_;
        if (csv_parse(&csv_, piece.data(), piece.size(), add_field, end_row, &target) !=
            piece.size()) {
            fail(csv_strerror(csv_error(&csv_)));
        }
        if (piece.back() == '\n') { ++line_; }
    }
    strip_end_of_text(row);
    return true;
}

// The delimiter is what the first line shows.
void TableParser::start() {
    is_started_ = true;
    refill();
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (unread_.starts_with(byte_order_mark)) { unread_.remove_prefix(byte_order_mark.size()); }
    const bool has_tab = unread_.substr(0, unread_.find('\n')).find('\t') != std::string_view::npos;
    csv_set_delim(&csv_, has_tab ? CSV_TAB : CSV_COMMA);
}

// The last row may lack its line feed.
bool TableParser::finish(TableRow& row) {
    unread_ = {};
    Target target{row};
    if (csv_fini(&csv_, add_field, end_row, &target) != 0) {
        fail("a quoted field is not closed at the end of the file");
    }
    if (!target.is_complete) { return false; }
    strip_end_of_text(row);
    return !(row.width() == 1 && row.text.empty());
}

std::string_view TableParser::next_piece() {
    if (unread_.empty() && !refill()) { return {}; }
    const std::size_t newline = unread_.find('\n');
    const std::string_view piece =
        unread_.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    unread_.remove_prefix(piece.size());
    return piece;
}

bool TableParser::refill() {
    const int count = gzread(file_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
    int status = Z_OK;
    const std::string why = gzerror(file_.get(), &status);
    if (count < 0) { fail("cannot be read: " + why); }
    if (count == 0 && status == Z_BUF_ERROR) { fail("gzip data is truncated (fetch it again)"); }
    progress_.update(static_cast<std::uint64_t>(gzoffset(file_.get())));
    unread_ = {buffer_.data(), static_cast<std::size_t>(count)};
    return count > 0;
}

void TableParser::fail(std::string_view what) const {
    throw InputError(fmt::format("{}:{}: {}", path_, line_, what));
}

}  // namespace ltfb::data
