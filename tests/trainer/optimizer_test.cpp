#include "trainer/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/rng.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

constexpr std::size_t size = 40000;  // several pieces and a tail
constexpr int updates = 100;

std::vector<float> normals(std::uint32_t position) {
    Rng rng(1, Stream::test, {position, 0});
    std::vector<float> values(size);
    for (float& value : values) { value = static_cast<float>(rng.normal()); }
    return values;
}

/// What the papers say, in double, one value at a time.
struct Plain {
    double weight;
    double first = 0.0;
    double second = 0.0;

    void adam(double g, const Hyperparameters& h, double lr, int t) {
        first = h.beta1 * first + (1.0 - h.beta1) * g;
        second = h.beta2 * second + (1.0 - h.beta2) * g * g;
        const double m = first / (1.0 - std::pow(h.beta1, t));
        const double v = second / (1.0 - std::pow(h.beta2, t));
        weight -= lr * (m / (std::sqrt(v) + h.epsilon) + h.weight_decay * weight);
    }
    void sgd(double g, const Hyperparameters& h, double lr) {
        first = h.momentum * first + g;
        weight -= lr * (first + h.weight_decay * weight);
    }
};

void compare(OptimizerKind kind) {
    const Hyperparameters h{.lr = 1e-2, .beta1 = 0.8, .beta2 = 0.99, .weight_decay = 0.1};
    std::vector<float> weights = normals(0);
    std::vector<Plain> plain;
    for (const float weight : weights) { plain.push_back({weight}); }
    Optimizer optimizer(kind, size);
    for (int t = 1; t <= updates; ++t) {
        const std::vector<float> gradient = normals(static_cast<std::uint32_t>(t));
        const double lr_factor = 1.0 / t;
        const UpdateRule rule{.hyperparameters = h,
                              .lr_factor = lr_factor,
                              .gradient_factor = 0.5,
                              .update = static_cast<std::uint64_t>(t)};
        optimizer.update(weights, gradient, rule);
        for (std::size_t i = 0; i < size; ++i) {
            const double g = 0.5 * static_cast<double>(gradient[i]);
            if (kind == OptimizerKind::adam) {
                plain[i].adam(g, h, h.lr * lr_factor, t);
            } else {
                plain[i].sgd(g, h, h.lr * lr_factor);
            }
        }
    }
    double largest = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
        const double difference = std::abs(static_cast<double>(weights[i]) - plain[i].weight);
        if (!(difference <= largest)) { largest = difference; }
    }
    CHECK(largest < 1e-5);
}

}  // namespace

TEST_CASE("a hundred updates agree with the formulas in double") {
    compare(OptimizerKind::adam);
    compare(OptimizerKind::sgd);
}

TEST_CASE("values without gradient stay zero: the padding of an arena") {
    Optimizer optimizer(OptimizerKind::adam, 20);
    std::vector<float> weights(20);
    const std::vector<float> gradient(20);
    const Hyperparameters h{.weight_decay = 0.1};
    optimizer.update(weights, gradient, {.hyperparameters = h});
    CHECK(weights == gradient);
}

// Subnormal numbers cost a hundred times as much, and without gradient moments would stay there.
TEST_CASE("moments that die away become zero") {
    const auto check = [](OptimizerKind kind) {
        Optimizer optimizer(kind, 20);
        const std::vector<float> smallest(20, 2.0F * std::numeric_limits<float>::min());
        const std::vector<float> nothing(20);
        for (const auto& moment : optimizer.moments()) {
            std::ranges::copy(smallest, moment.begin());
        }
        std::vector<float> weights(20, 1.0F);
        const Hyperparameters h{.beta1 = 0.9, .beta2 = 0.9, .momentum = 0.9};
        for (std::uint64_t t = 1; t <= 10; ++t) {
            optimizer.update(weights, nothing, {.hyperparameters = h, .update = t});
        }
        for (const auto& moment : optimizer.moments()) {
            CHECK(std::ranges::equal(moment, nothing));
        }
        CHECK(weights == std::vector<float>(20, 1.0F));
    };
    check(OptimizerKind::adam);
    check(OptimizerKind::sgd);
    // Other arithmetic of the thread is as it was.
    volatile float smallest = std::numeric_limits<float>::min();
    CHECK(smallest / 2.0F > 0.0F);
}

TEST_CASE("squared norm") {
    std::vector<float> values(50000, 2.0F);
    values.back() = 3.0F;
    CHECK(squared_norm(values) == 4.0 * 49999 + 9.0);
    CHECK(squared_norm({}) == 0.0);
}
