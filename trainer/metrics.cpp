#include "trainer/metrics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <limits>

namespace ltfb::trainer {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double mean_of(std::span<const float> values) {
    double sum = 0.0;
    for (const float value : values) { sum += static_cast<double>(value); }
    return sum / static_cast<double>(values.size());
}

// Exact, where a sum of squared deviations would be left with rounding errors.
bool is_constant(std::span<const float> values) {
    return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

}  // namespace

Metrics metrics_of(std::span<const float> predictions, std::span<const float> responses) {
    assert(predictions.size() == responses.size());
    if (responses.empty()) { return {undefined, undefined, undefined, undefined, 0}; }
    const double mean_p = mean_of(predictions);
    const double mean_r = mean_of(responses);
    double squared = 0.0;
    double absolute = 0.0;
    double pp = 0.0;
    double rr = 0.0;
    double pr = 0.0;
    for (std::size_t s = 0; s < responses.size(); ++s) {
        const auto p = static_cast<double>(predictions[s]);
        const auto r = static_cast<double>(responses[s]);
        squared += (p - r) * (p - r);
        absolute += std::abs(p - r);
        pp += (p - mean_p) * (p - mean_p);
        rr += (r - mean_r) * (r - mean_r);
        pr += (p - mean_p) * (r - mean_r);
    }
    const auto n = static_cast<double>(responses.size());
    const bool flat_r = is_constant(responses);
    const bool flat_p = is_constant(predictions);
    return {.mse = squared / n,
            .mae = absolute / n,
            .r2 = flat_r ? undefined : 1.0 - squared / rr,
            .pearson = flat_r || flat_p ? undefined : pr / std::sqrt(pp * rr),
            .samples = responses.size()};
}

}  // namespace ltfb::trainer
