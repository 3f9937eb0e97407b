#include "experiments/log/json.hpp"

#include <cmath>
#include <limits>

#include "experiments/log/event.hpp"

namespace ltfb::experiments {

namespace {

constexpr int max_depth = 32;

/// Counts brackets outside strings: cheaper than a parser callback, and stops before any is made.
bool is_too_deep(std::string_view text) noexcept {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') { ++i; }
            if (c == '"') { in_string = false; }
            continue;
        }
        if (c == '"') { in_string = true; }
        if ((c == '{' || c == '[') && ++depth > max_depth) { return true; }
        if (c == '}' || c == ']') { --depth; }
    }
    return false;
}

}  // namespace

Json parse_json(std::string_view text) {
    if (is_too_deep(text)) { return Json(Json::value_t::discarded); }
    return Json::parse(text, nullptr, false);
}

const Json& member(const Json& object, std::string_view key) {
    static const Json none;
    if (!object.is_object()) { return none; }
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

double number_in(const Json& object, std::string_view key) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const Json& value = member(object, key);
    if (value.is_number()) { return value.get<double>(); }
    if (value == "inf") { return infinity; }
    if (value == "-inf") { return -infinity; }
    return absent;
}

std::int64_t integer_in(const Json& object, std::string_view key, std::int64_t fallback) {
    const Json& value = member(object, key);
    return value.is_number_integer() ? value.get<std::int64_t>() : fallback;
}

std::string text_in(const Json& object, std::string_view key) {
    const Json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::vector<SettingChange> changes_in(const Json& resume) {
    constexpr std::string_view arrow = " -> ";
    std::vector<SettingChange> changes;
    for (const Json& change : member(resume, "changes")) {
        const std::string text = change.is_string() ? change.get<std::string>() : "";
        const auto colon = text.find(": ");
        const auto value = text.rfind(arrow);
        if (colon == std::string::npos || value == std::string::npos || value < colon) { continue; }
        changes.push_back({text.substr(0, colon), text.substr(value + arrow.size())});
    }
    return changes;
}

std::string to_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json number_json(double value) {
    if (std::isfinite(value)) { return value; }
    if (std::isnan(value)) { return "nan"; }
    return value > 0 ? "inf" : "-inf";
}

}  // namespace ltfb::experiments
