#include "experiments/log/table.hpp"

#include <array>
#include <cmath>
#include <cstdlib>

#include <fmt/core.h>

#include "experiments/log/json.hpp"

namespace ltfb::experiments {

namespace {

std::string seconds_text(double value) {
    if (value < 100.0) { return fmt::format("{:.3g} s", value); }
    const auto whole = static_cast<std::int64_t>(std::llround(value));
    if (whole < 3600) { return fmt::format("{} min {:02} s", whole / 60, whole % 60); }
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string bytes_text(double value) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    while (std::abs(value) >= 1024.0 && unit + 1 < units.size()) {
        value /= 1024.0;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, units[unit]);
}

std::string number_text(double value, Format format) {
    if (!std::isfinite(value)) { return fmt::format("{}", value); }
    if (format == Format::seconds) { return seconds_text(value); }
    if (format == Format::percent) { return fmt::format("{:.1f} %", 100.0 * value); }
    if (format == Format::bytes) { return bytes_text(value); }
    return fmt::format("{:.5g}", value);
}

/// The text without control characters: a log must not steer the terminal that shows it.
std::string printable(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) { c = '?'; }
    }
    return text;
}

}  // namespace

Cell known(double value) {
    return std::isnan(value) ? Cell{} : Cell{value};
}

Cell known(float value) {
    return known(std::isfinite(value) ? std::strtod(fmt::format("{}", value).c_str(), nullptr)
                                      : static_cast<double>(value));
}

Cell known_index(std::int64_t index) {
    if (index < 0) { return {}; }
    return index;
}

std::string text_of(const Cell& cell, Format format) {
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
        return format == Format::bytes ? bytes_text(static_cast<double>(*integer))
                                       : fmt::format("{}", *integer);
    }
    if (const auto* number = std::get_if<double>(&cell)) { return number_text(*number, format); }
    if (const auto* flag = std::get_if<bool>(&cell)) { return *flag ? "yes" : "no"; }
    if (const auto* text = std::get_if<std::string>(&cell)) { return printable(*text); }
    return "-";
}

std::string csv_of(const Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) { return {}; }
    if (const auto* number = std::get_if<double>(&cell)) { return fmt::format("{}", *number); }
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
        return fmt::format("{}", *integer);
    }
    if (const auto* flag = std::get_if<bool>(&cell)) { return *flag ? "true" : "false"; }
    const auto& text = std::get<std::string>(cell);
    if (text.find_first_of(",\"\r\n") == std::string::npos) { return text; }
    std::string quoted = "\"";
    for (const char c : text) { quoted += c == '"' ? "\"\"" : std::string(1, c); }
    return quoted + '"';
}

std::string json_string(std::string_view text) {
    return to_text(Json(std::string(text)));
}

std::string json_of(const Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) { return "null"; }
    if (const auto* number = std::get_if<double>(&cell)) {
        return std::isfinite(*number) ? fmt::format("{}", *number) : fmt::format("\"{}\"", *number);
    }
    if (const auto* text = std::get_if<std::string>(&cell)) { return json_string(*text); }
    return csv_of(cell);
}

}  // namespace ltfb::experiments
