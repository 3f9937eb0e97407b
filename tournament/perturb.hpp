#pragma once

#include "core/rng.hpp"
#include "tournament/domain.hpp"

namespace ltfb::tournament {

/// A step from `value` up or down with equal chance, reflected where it would leave the domain:
///
/// - loguniform: value * factor or value / factor;
/// - uniform and integer: value +- (factor - 1) / 2 of the width, which is what the factor would do
///   in the middle of a domain that starts at 0; integers at least 1;
/// - choice: to a neighbour in the list.
///
/// Steps up and down are equally long on the scale of the domain, and reflection keeps them so at
/// its ends; hence no drift: a continuous value that is evenly distributed stays so. A value
/// outside is first taken to the nearest one inside. `factor` > 1. Integers and choices always
/// move, unless there is but one choice.
double perturb(const Domain& domain, double value, double factor, Rng& rng);

}  // namespace ltfb::tournament
