#include <algorithm>

#include <fmt/core.h>
#include <fmt/ostream.h>

#include "experiments/log/table.hpp"

namespace ltfb::experiments {

namespace {

/// Drops the tables that are not asked for, and hands the others to a form.
class FilteringWriter : public TableWriter {
public:
    FilteringWriter(std::ostream& out, OutputStyle style) : out_(out), style_(std::move(style)) {}

    void begin_run(std::string_view run, std::string_view run_id) final {
        run_ = run;
        run_id_ = run_id;
        tables_of_run_ = 0;
        open_run();
    }
    void begin_table(const TableSpec& spec) final {
        shown_ = style_.only_table.empty() ? is_shown_unasked(spec) : style_.only_table == spec.id;
        ++tables_of_run_;
        spec_ = spec;
        if (shown_) { open_table(); }
    }
    void row(std::span<const Cell> cells) final {
        if (shown_) { write_row(cells); }
    }
    void end_table() final {
        if (shown_) { close_table(); }
    }

protected:
    virtual void open_run() {}
    virtual void open_table() = 0;
    virtual void write_row(std::span<const Cell> cells) = 0;
    virtual void close_table() = 0;

    std::ostream& out_;   // NOLINT(*-non-private-member-variables-in-classes)
    OutputStyle style_;   // NOLINT
    TableSpec spec_;      // NOLINT
    std::string run_;     // NOLINT
    std::string run_id_;  // NOLINT

private:
    [[nodiscard]] bool is_shown_unasked(const TableSpec& spec) const {
        if (style_.form == OutputForm::csv) { return tables_of_run_ == 0; }
        return style_.form == OutputForm::json || !spec.is_detail;
    }

    std::size_t tables_of_run_ = 0;
    bool shown_ = true;
};

/// One header, then rows; with several runs, a first column says which.
class CsvWriter final : public FilteringWriter {
public:
    using FilteringWriter::FilteringWriter;
    void finish() override {}

private:
    void open_table() override {
        std::string header = style_.has_many_runs ? "run" : "";
        for (const auto& column : spec_.columns) {
            if (!header.empty()) { header += ','; }
            header += csv_of(column.name);
        }
        if (header != header_) { out_ << header << '\n'; }
        header_ = header;
    }
    void write_row(std::span<const Cell> cells) override {
        std::string line = style_.has_many_runs ? csv_of(run_) + ',' : "";
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) { line += ','; }
            line += csv_of(cells[i]);
        }
        out_ << line << '\n';
    }
    void close_table() override {}

    std::string header_;
};

/// {"verb": ..., "runs": [{"run": ..., "run_id": ..., <table id>: [rows] or {record}}]}
class JsonWriter final : public FilteringWriter {
public:
    JsonWriter(std::ostream& out, OutputStyle style, std::string_view verb)
        : FilteringWriter(out, std::move(style)) {
        fmt::print(out_, "{{\"verb\":{},\"runs\":[", json_string(verb));
    }
    void finish() override { out_ << (has_run_ ? "}]}\n" : "]}\n"); }

private:
    void open_run() override {
        fmt::print(out_,
                   "{}{{\"run\":{},\"run_id\":{}",
                   has_run_ ? "}," : "",
                   json_string(run_),
                   json_string(run_id_));
        has_run_ = true;
    }
    void open_table() override {
        fmt::print(out_, ",\n{}:{}", json_string(spec_.id), spec_.is_record ? "" : "[");
        keys_.clear();
        for (const auto& column : spec_.columns) { keys_.push_back(json_string(column.name)); }
        rows_ = 0;
    }
    void write_row(std::span<const Cell> cells) override {
        std::string line = rows_++ > 0 ? ",\n{" : "{";
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) { line += ','; }
            line += keys_[i];
            line += ':';
            line += json_of(cells[i]);
        }
        line += '}';
        out_ << line;
    }
    void close_table() override { out_ << (spec_.is_record ? "" : "]"); }

    std::vector<std::string> keys_;
    std::size_t rows_ = 0;
    bool has_run_ = false;
};

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view cyan = "\x1b[1;36m";
constexpr std::string_view plain = "\x1b[0m";

std::size_t width_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

/// Aligned columns. Widths are those of the first rows; a later, wider cell pushes its line aside.
class TextWriter final : public FilteringWriter {
public:
    using FilteringWriter::FilteringWriter;
    void finish() override {}

private:
    static constexpr std::size_t rows_for_widths = 2000;

    struct Painted {
        std::string text;
        std::string_view colour;
    };

    void open_run() override {
        if (!style_.has_many_runs) { return; }
        if (printed_) { out_ << '\n'; }
        out_ << paint("run " + run_, bold) << '\n';
        printed_ = true;
    }
    void open_table() override {
        if (printed_) { out_ << '\n'; }
        printed_ = true;
        if (!spec_.title.empty()) { out_ << paint(spec_.title, cyan) << '\n'; }
        waiting_.clear();
        are_widths_fixed_ = false;
    }
    void write_row(std::span<const Cell> cells) override {
        std::vector<Painted> texts;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            texts.push_back({text_of(cells[i], spec_.columns[i].format), colour_of(cells[i])});
        }
        if (are_widths_fixed_) {
            print(texts);
        } else {
            waiting_.push_back(std::move(texts));
            if (waiting_.size() == rows_for_widths) { fix_widths(); }
        }
    }
    void close_table() override {
        if (spec_.is_record) {
            print_record();
        } else if (!are_widths_fixed_ && waiting_.empty()) {
            out_ << paint("none", dim) << '\n';
        } else if (!are_widths_fixed_) {
            fix_widths();
        }
    }

    void print_record() {
        std::size_t width = 0;
        for (const auto& column : spec_.columns) { width = std::max(width, width_of(column.name)); }
        for (const auto& record : waiting_) {
            for (std::size_t i = 0; i < record.size(); ++i) {
                const auto& name = spec_.columns[i].name;
                out_ << paint(name, dim) << std::string(width - width_of(name) + 2, ' ')
                     << paint(record[i].text, record[i].colour) << '\n';
            }
        }
    }
    void fix_widths() {
        widths_.clear();
        std::vector<Painted> header;
        for (const auto& column : spec_.columns) {
            header.push_back({column.name, bold});
            widths_.push_back(width_of(column.name));
        }
        for (const auto& texts : waiting_) {
            for (std::size_t i = 0; i < texts.size(); ++i) {
                widths_[i] = std::max(widths_[i], width_of(texts[i].text));
            }
        }
        are_widths_fixed_ = true;
        print(header);
        for (const auto& texts : waiting_) { print(texts); }
        waiting_.clear();
    }
    void print(const std::vector<Painted>& texts) {
        std::string line;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const std::size_t width = width_of(texts[i].text);
            const std::size_t gap = widths_[i] > width ? widths_[i] - width : 0;
            const bool is_left = spec_.columns[i].format == Format::text;
            if (i > 0) { line += "  "; }
            if (!is_left) { line.append(gap, ' '); }
            line += paint(texts[i].text, texts[i].colour);
            if (is_left && i + 1 < texts.size()) { line.append(gap, ' '); }
        }
        out_ << line << '\n';
    }
    static std::string_view colour_of(const Cell& cell) {
        if (const auto* flag = std::get_if<bool>(&cell)) { return *flag ? green : dim; }
        if (const auto* number = std::get_if<double>(&cell)) {
            if (!(*number - *number == 0.0)) { return red; }  // not finite
        }
        return std::holds_alternative<std::monostate>(cell) ? dim : std::string_view{};
    }
    [[nodiscard]] std::string paint(std::string_view text, std::string_view colour) const {
        if (!style_.has_colour || colour.empty()) { return std::string(text); }
        return fmt::format("{}{}{}", colour, text, plain);
    }

    std::vector<std::vector<Painted>> waiting_;
    std::vector<std::size_t> widths_;
    bool are_widths_fixed_ = false;
    bool printed_ = false;
};

}  // namespace

std::unique_ptr<TableWriter> make_table_writer(std::ostream& out,
                                               const OutputStyle& style,
                                               std::string_view verb) {
    switch (style.form) {
        case OutputForm::json:
            return std::make_unique<JsonWriter>(out, style, verb);
        case OutputForm::csv:
            return std::make_unique<CsvWriter>(out, style);
        case OutputForm::text:
            break;
    }
    return std::make_unique<TextWriter>(out, style);
}

}  // namespace ltfb::experiments
