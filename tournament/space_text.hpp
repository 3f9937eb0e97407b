#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tournament/space.hpp"

namespace ltfb::tournament {

/// The variables of a search space written as JSON, for example
///
///     { "lr": { "loguniform": [1e-4, 1e-2] },
///       "batch": { "choice": [128, 256, 512] },
///       "momentum": { "uniform": [0.5, 0.99], "when": { "optimizer": "sgd" } },
///       "clip": { "int": [1, 8], "when": { "lr": { "from": 1e-3, "to": 1e-2 } } } }
///
/// A condition is a value, {"from", "to"}, or a list of these. A domain without conditions may be a
/// string as for --vary. Messages and `Variable::source` start with `name`. Throws InputError.
std::vector<Variable> parse_space(std::string_view json_text, const std::string& name);

/// As `parse_space` of the file's content; messages have line numbers.
std::vector<Variable> read_space(const std::string& path);

/// JSON text that `parse_space` reads back as the same variables.
std::string to_json_text(const std::vector<Variable>& variables);

}  // namespace ltfb::tournament
