#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ltfb::experiments {

/// How a column looks on a terminal; JSON and CSV always carry the full value.
enum class Format : std::uint8_t { text, integer, number, seconds, percent, bytes, flag };

struct ColumnSpec {
    std::string name;  // snake_case, with its unit; the key in JSON and the heading in CSV
    Format format = Format::text;
};

/// A table that a verb prints. A record has exactly one row, shown as "name value" lines.
struct TableSpec {
    std::string id;          // key in JSON, argument of --table
    std::string title = {};  // above the table on a terminal
    std::vector<ColumnSpec> columns;
    bool is_record = false;
    bool is_detail = false;  // long: on a terminal only where --table asks for it
};

/// An absent value is a monostate; numbers that are not finite are kept.
using Cell = std::variant<std::monostate, std::int64_t, double, bool, std::string>;

/// A cell for a number of which NaN says that it is not known.
Cell known(double value);
/// The double with the same shortest decimal text, so that 0.1f prints as 0.1.
Cell known(float value);
/// A cell for an index of which -1 says that there is none.
Cell known_index(std::int64_t index);

/// Takes tables row by row and prints them in one form; nothing needs to hold a whole table.
class TableWriter {
public:
    virtual ~TableWriter() = default;
    /// What follows is about this run.
    virtual void begin_run(std::string_view run, std::string_view run_id) = 0;
    virtual void begin_table(const TableSpec& spec) = 0;
    /// `cells` has one cell for each column of the table.
    virtual void row(std::span<const Cell> cells) = 0;
    virtual void end_table() = 0;
    /// After the last table.
    virtual void finish() = 0;

    void row(std::initializer_list<Cell> cells) { row(std::span(cells.begin(), cells.size())); }
};

enum class OutputForm { text, json, csv };

struct OutputStyle {
    OutputForm form = OutputForm::text;
    bool has_colour = false;
    std::string only_table = {};  // print no other; empty: all of them (CSV: the first)
    bool has_many_runs = false;
};

/// A writer to `out` that must outlive it. `verb` names what is printed, in JSON.
std::unique_ptr<TableWriter> make_table_writer(std::ostream& out,
                                               const OutputStyle& style,
                                               std::string_view verb);

// Used by the writers, and by what prints no table.
std::string text_of(const Cell& cell, Format format);
std::string csv_of(const Cell& cell);
std::string json_of(const Cell& cell);
std::string json_string(std::string_view text);

}  // namespace ltfb::experiments
