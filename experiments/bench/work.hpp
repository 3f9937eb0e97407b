#pragma once

#include "experiments/bench/options.hpp"
#include "trainer/model.hpp"

namespace ltfb::bench {

/// Floating point operations of a step's matrix products as the onednn engine makes them: first
/// layers on the distinct entities, no input gradient there. A multiply-add counts 2.
double step_flops(const trainer::ModelLayout& layout, const Options& options);

/// The same for a prediction of all samples: tracks and the first top layer by entity.
double predict_flops(const trainer::ModelLayout& layout, const Options& options);

/// Bytes that an Adam update must move: gradient and weight, two moments in and out.
double update_bytes(const trainer::ModelLayout& layout);

}  // namespace ltfb::bench
