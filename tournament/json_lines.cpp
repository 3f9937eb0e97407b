#include "tournament/json_lines.hpp"

#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "core/error.hpp"

namespace ltfb::tournament {

using nlohmann::json;

namespace {

/// Reads characters and counts the lines that are behind it.
struct LineCountingIterator {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    const char* at = nullptr;
    int* line = nullptr;

    reference operator*() const { return *at; }
    LineCountingIterator& operator++() {
        if (*at == '\n') { ++*line; }
        ++at;
        return *this;
    }
    bool operator==(const LineCountingIterator& other) const { return at == other.at; }
    bool operator!=(const LineCountingIterator& other) const { return at != other.at; }
};

}  // namespace

LinedJson parse_lined_json(std::string_view text, const std::string& name) {
    LinedJson parsed;
    int line = 1;
    const auto note_key = [&](int depth, json::parse_event_t event, const json& value) {
        if (event == json::parse_event_t::key && depth == 1 &&
            !parsed.lines.emplace(value.get<std::string>(), line).second) {
            throw InputError(fmt::format("{}:{}: {}: given twice (give each hyperparameter once)",
                                         name,
                                         line,
                                         value.get<std::string>()));
        }
        return true;
    };
    try {
        parsed.content = json::parse(LineCountingIterator{text.data(), &line},
                                     LineCountingIterator{text.data() + text.size(), &line},
                                     note_key);
    } catch (const json::exception& e) {
        throw InputError(fmt::format("{}:{}: not JSON: {} (mend it)", name, line, e.what()));
    }
    if (!parsed.content.is_object()) {
        throw InputError(
            fmt::format("{}:1: not an object (use {{\"lr\": {{\"loguniform\": [A, B]}}}})", name));
    }
    return parsed;
}

}  // namespace ltfb::tournament
