#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/rng.hpp"

namespace ltfb::tournament {

/// A point of the unit cube and what a function is there.
struct BoxPoint {
    std::vector<double> at;
    double value = 0.0;
};

/// How hard to search.
struct BoxEffort {
    int samples = 64;  // random points, of which the best
    int starts = 4;    // are improved by steps along the axes,
    double first_step = 0.1;
    double last_step = 1e-3;  // halved from the first to the last where none improves
};

/// A good local maximum of `function` in the unit cube of `dimensions` dimensions. For cheap
/// functions of few dimensions that need not be smooth; NaN counts as worse than anything.
BoxPoint maximise_in_box(const std::function<double(std::span<const double>)>& function,
                         std::size_t dimensions,
                         const BoxEffort& effort,
                         Rng& rng);

}  // namespace ltfb::tournament
