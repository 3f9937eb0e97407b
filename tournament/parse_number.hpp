#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace ltfb::tournament {

/// The finite number that all of `text` spells, or nullopt.
inline std::optional<double> parse_number(std::string_view text) {
    double value = 0.0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end || !std::isfinite(value)) { return std::nullopt; }
    return value;
}

}  // namespace ltfb::tournament
