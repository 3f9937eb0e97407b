#include "data/numbers.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

#include "core/json.hpp"

namespace ltfb::data {

std::optional<double> parse_number(std::string_view text) noexcept {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') { text.remove_prefix(1); }
    double value = 0.0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value)) { return {}; }
    return value;
}

bool is_missing(std::string_view text) noexcept {
    const auto is = [](char c, char lower) { return c == lower || c == lower - 'a' + 'A'; };
    return text.empty() || text == "-" ||
           (text.size() == 2 && is(text[0], 'n') && is(text[1], 'a'));
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 40;
    std::string shown(text.substr(0, longest));
    if (text.size() > longest) { shown += "..."; }
    return Json(shown).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ltfb::data
