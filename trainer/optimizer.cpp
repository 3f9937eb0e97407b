#include "trainer/optimizer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "trainer/simd.hpp"
#include "trainer/subnormals.hpp"

namespace ltfb::trainer {

namespace {

constexpr std::size_t piece = 16384;  // floats a thread takes at a time

AdamFactors adam_factors(const UpdateRule& rule) {
    const Hyperparameters& h = rule.hyperparameters;
    const double lr = h.lr * rule.lr_factor;
    const auto t = static_cast<double>(rule.update);
    const auto narrow = [](double value) { return static_cast<float>(value); };
    return {.beta1 = narrow(h.beta1),
            .one_minus_beta1 = narrow(1.0 - h.beta1),
            .beta2 = narrow(h.beta2),
            .one_minus_beta2 = narrow(1.0 - h.beta2),
            .gradient = narrow(rule.gradient_factor),
            .step_size = narrow(lr / (1.0 - std::pow(h.beta1, t))),
            .root_scale = narrow(1.0 / std::sqrt(1.0 - std::pow(h.beta2, t))),
            .epsilon = narrow(h.epsilon),
            .decay = narrow(1.0 - lr * h.weight_decay)};
}

SgdFactors sgd_factors(const UpdateRule& rule) {
    const Hyperparameters& h = rule.hyperparameters;
    const double lr = h.lr * rule.lr_factor;
    return {.momentum = static_cast<float>(h.momentum),
            .gradient = static_cast<float>(rule.gradient_factor),
            .lr = static_cast<float>(lr),
            .decay = static_cast<float>(1.0 - lr * h.weight_decay)};
}

LTFB_MULTIVERSION
void sgd_row(const SgdFactors& f,
             std::size_t n,
             float* __restrict weights,
             const float* __restrict gradient,
             float* __restrict velocity) {
    for (std::size_t i = 0; i < n; ++i) {
        const float v = f.momentum * velocity[i] + f.gradient * gradient[i];
        velocity[i] = v;
        weights[i] = weights[i] * f.decay - f.lr * v;
    }
}

LTFB_MULTIVERSION
double squared_norm_piece(std::size_t n, const float* values) {
    constexpr std::size_t lanes = 16;
    std::array<double, lanes> sums{};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        for (std::size_t l = 0; l < lanes; ++l) {
            const auto value = static_cast<double>(values[i + l]);
            sums[l] += value * value;
        }
    }
    for (std::size_t l = 0; i < n; ++i, ++l) {
        sums[l] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    }
    double sum = 0.0;
    for (const double lane : sums) { sum += lane; }
    return sum;
}

}  // namespace

Optimizer::Optimizer(OptimizerKind kind, const SeatGroup& group, std::size_t size, ArenaRange shard)
    : kind_(kind), shard_(shard) {
    const std::size_t count = kind == OptimizerKind::adam ? 2 : 1;
    for (std::size_t m = 0; m < count; ++m) {
        memory_.push_back(group.allocate(size * sizeof(float)));
        moments_.emplace_back(reinterpret_cast<float*>(memory_.back().data()), size);
    }
}

OptimizerPass::OptimizerPass(Optimizer& optimizer, const UpdateRule& rule)
    : optimizer_(optimizer), adam_(adam_factors(rule)), sgd_(sgd_factors(rule)) {}

void OptimizerPass::update(std::size_t at,
                           const RowsShape& shape,
                           float* weights,
                           const GradientRows& gradient) const {
    const SubnormalsAreZero scope;
    auto& moments = optimizer_.moments_;
    float* first = moments.front().data() + at;
    assert(shape.rows == 0 ||
           at + (shape.rows - 1) * shape.stride + shape.columns <= moments.front().size());
    if (optimizer_.kind_ == OptimizerKind::adam) {
        adam_update(adam_, shape, {weights, first, moments.back().data() + at}, gradient);
        return;
    }
    for (std::size_t r = 0; r < shape.rows; ++r) {
        sgd_row(sgd_,
                shape.columns,
                weights + r * shape.stride,
                gradient.values + r * gradient.stride,
                first + r * shape.stride);
    }
}

void Optimizer::update(std::span<float> weights,
                       std::span<const float> gradient,
                       const UpdateRule& rule) {
    assert(weights.size() == gradient.size() && weights.size() == shard_.size());
    const OptimizerPass pass(*this, rule);
#pragma omp parallel for
    for (std::size_t at = 0; at < weights.size(); at += piece) {
        const std::size_t n = std::min(piece, weights.size() - at);
        pass.update(shard_.begin + at, {.rows = 1, .columns = n}, &weights[at], {&gradient[at]});
    }
}

std::vector<std::span<float>> Optimizer::moments() noexcept {
    std::vector<std::span<float>> spans;
    for (const auto& moment : moments_) {
        spans.push_back(moment.subspan(shard_.begin, shard_.size()));
    }
    return spans;
}

double squared_norm(std::span<const float> values) {
    std::vector<double> sums((values.size() + piece - 1) / piece);
#pragma omp parallel for
    for (std::size_t p = 0; p < sums.size(); ++p) {
        const std::size_t at = p * piece;
        sums[p] = squared_norm_piece(std::min(piece, values.size() - at), &values[at]);
    }
    double sum = 0.0;
    for (const double part : sums) { sum += part; }
    return sum;
}

}  // namespace ltfb::trainer
