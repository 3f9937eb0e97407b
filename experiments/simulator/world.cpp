#include "experiments/simulator/world.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace ltfb::experiments {

namespace {

constexpr std::array<double, 5> curvatures{1.0, 0.3, 0.1, 0.03, 0.01};
constexpr double gradient_noise = 0.02;

}  // namespace

World::Model NoisyQuadratic::initial_model() const {
    Model model;
    for (const double h : curvatures) { model.push_back(1.0 / h); }
    return model;
}

void NoisyQuadratic::train(Model& model, const tournament::Values& values, int /*round*/) const {
    const double lr = values.at("lr");
    for (std::size_t i = 0; i < model.size(); ++i) {
        const double h = curvatures.at(i);
        const double shrink = (1.0 - lr * h) * (1.0 - lr * h);
        for (int step = 0; step < steps_per_round_; ++step) {
            model[i] = shrink * model[i] + lr * lr * h * gradient_noise;
        }
    }
}

double NoisyQuadratic::loss(const Model& model) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < model.size(); ++i) { sum += curvatures.at(i) * model[i] / 2.0; }
    return sum;
}

MovingOptimum::MovingOptimum(tournament::Space space, double width, double period_rounds)
    : space_(std::move(space)), width_(width), period_rounds_(period_rounds) {}

World::Model MovingOptimum::initial_model() const {
    return {0.0};
}

double MovingOptimum::optimum(std::size_t i, int round) const {
    const double phase = round / period_rounds_ + 0.3 * static_cast<double>(i);
    return 0.5 + 0.35 * std::sin(2.0 * std::numbers::pi * phase);
}

void MovingOptimum::train(Model& model, const tournament::Values& values, int round) const {
    double squares = 0.0;
    std::size_t i = 0;
    for (const tournament::Variable& variable : space_.variables) {
        if (!variable.domain.is_continuous()) { continue; }
        const double away =
            tournament::to_unit(variable.domain, values.at(variable.key)) - optimum(i++, round);
        squares += away * away;
    }
    model[0] -= std::exp(-squares / (2.0 * width_ * width_));
}

double MovingOptimum::loss(const Model& model) const {
    return model[0];
}

}  // namespace ltfb::experiments
