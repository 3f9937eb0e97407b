#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ltfb::data {

/// A finite number in C notation ("-1.5e-3", also "+2"), nothing else around it.
std::optional<double> parse_number(std::string_view text) noexcept;

/// How tables spell a missing value: "na" in any case, "-" or empty.
bool is_missing(std::string_view text) noexcept;

/// Text as it appears in messages: quoted, shortened, what is not UTF-8 or would
/// not be seen escaped or replaced.
std::string in_quotes(std::string_view text);

}  // namespace ltfb::data
