#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tournament/space.hpp"

namespace ltfb::tournament {

/// What a domain may be, for the advice in messages.
inline constexpr std::string_view domain_advice =
    "use uniform, loguniform or int with two numbers, or choice with a list of numbers";

/// A hyperparameter's place in the user's input.
struct Place {
    std::string source;
    std::string key;
};

/// Throws InputError "<source>: <key>: <why> (<advice>)".
[[noreturn]] void refuse(const Place& place, std::string_view why, std::string_view advice);

/// "uniform", "loguniform", "int" or "choice".
std::string_view to_text(Domain::Kind kind);

/// A domain of the kind called `kind_name`: its two ends, or its choices. Throws InputError.
Domain make_domain(std::string_view kind_name,
                   const std::vector<double>& numbers,
                   const Place& place);

/// "loguniform:1e-4,1e-2"; also uniform:LOW,HIGH, int:LOW,HIGH, choice:A,B,... Throws InputError.
Domain parse_domain(std::string_view text, const Place& place);

/// The shorthand "lr=loguniform:1e-4,1e-2" of --vary. Throws InputError.
Variable parse_vary(std::string_view text);

}  // namespace ltfb::tournament
