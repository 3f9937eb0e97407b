#pragma once

#include <vector>

#include "tournament/space.hpp"

namespace ltfb::tournament {

/// Checks `variables` against `context` and orders them; of two for the same key the later one
/// counts. Throws InputError naming the key.
Space make_space(const std::vector<Variable>& variables, const SpaceContext& context);

}  // namespace ltfb::tournament
