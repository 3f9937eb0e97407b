#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "trainer/hyperparameters.hpp"

namespace ltfb::trainer {

enum class OptimizerKind { adam, sgd };

/// What one update depends on besides the arenas.
struct UpdateRule {
    const Hyperparameters& hyperparameters;
    double lr_factor = 1.0;        // from the schedule
    double gradient_factor = 1.0;  // from clipping
    std::uint64_t update = 1;      // 1 for the first update of a model
};

/// Adam (Kingma and Ba 2015, bias-corrected) or SGD with momentum, both with decoupled weight
/// decay (Loshchilov and Hutter 2019), on one shard of a model. One pass reads and writes every
/// array once.
class Optimizer {
public:
    Optimizer(OptimizerKind kind, std::size_t shard_size);

    /// `weights` and `gradient`: [shard].
    void update(std::span<float> weights, std::span<const float> gradient, const UpdateRule& rule);

    /// [shard] each: Adam's first and second moment, SGD's velocity.
    [[nodiscard]] std::vector<std::span<float>> moments() noexcept;

private:
    OptimizerKind kind_;
    std::vector<AlignedArray<float>> moments_;
};

/// Sum of squares, in double; the same for any number of threads.
double squared_norm(std::span<const float> values);

}  // namespace ltfb::trainer
