#include "data/response_surface.hpp"

#include <algorithm>
#include <cmath>

namespace ltfb::data {

double dot(const Latent& a, const Latent& b) {
    double sum = 0.0;
    for (std::size_t k = 0; k < factors; ++k) { sum += a[k] * b[k]; }
    return sum;
}

double surface(const Latent& cell, const Latent& a, const Latent& b) {
    const double scale = 1.0 / std::sqrt(static_cast<double>(factors));
    const double effect_a = std::tanh(scale * dot(cell, a) + a[0]);
    const double effect_b = std::tanh(scale * dot(cell, b) + b[0]);
    double shared = 0.0;
    for (std::size_t k = 0; k < factors; ++k) { shared += cell[k] * (a[k] * b[k]); }
    return effect_a + effect_b - 0.5 * effect_a * effect_b + 0.5 * std::tanh(0.5 * shared);
}

QuantileMap::QuantileMap(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    for (std::size_t k = 0; k < knots.size(); ++k) {
        at_[k] = values[static_cast<std::size_t>(std::llround(knots[k].quantile * last))];
    }
}

double QuantileMap::operator()(double value) const {
    std::size_t k = 1;
    while (k + 1 < at_.size() && value > at_[k]) { ++k; }
    const double width = at_[k] - at_[k - 1];
    const double t = width > 0.0 ? std::clamp((value - at_[k - 1]) / width, 0.0, 1.0) : 0.5;
    return std::lerp(knots[k - 1].growth, knots[k].growth, t);
}

}  // namespace ltfb::data
