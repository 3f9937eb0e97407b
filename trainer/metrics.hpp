#pragma once

#include <cstddef>
#include <span>

namespace ltfb::trainer {

/// Errors of predictions over a whole data set (never averaged over minibatches).
struct Metrics {
    double mse = 0.0;
    double mae = 0.0;
    double r2 = 0.0;       // 1 - SSE / SST; NaN where the responses are constant
    double pearson = 0.0;  // NaN where either side is constant
    std::size_t samples = 0;
};

/// Sums in double, in sample order. Non-finite predictions give non-finite metrics.
Metrics metrics_of(std::span<const float> predictions, std::span<const float> responses);

}  // namespace ltfb::trainer
