#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/shard.hpp"
#include "trainer/adam.hpp"
#include "trainer/hyperparameters.hpp"
#include "trainer/seat_group.hpp"

namespace ltfb::trainer {

enum class OptimizerKind { adam, sgd };

/// What one update depends on besides the arenas.
struct UpdateRule {
    const Hyperparameters& hyperparameters;
    double lr_factor = 1.0;        // from the schedule
    double gradient_factor = 1.0;  // from clipping
    std::uint64_t update = 1;      // 1 for the first update of a model
};

/// SGD with momentum, decoupled weight decay.
struct SgdFactors {
    float momentum;
    float gradient;
    float lr;
    float decay;  // 1 - lr * weight_decay
};

/// Adam or SGD with momentum on one shard of a model. One pass reads and writes every array once.
class Optimizer {
public:
    /// With moments of its shard.
    Optimizer(OptimizerKind kind, std::size_t shard_size)
        : Optimizer(kind, {}, shard_size, {0, shard_size}) {}
    /// Collective over the group. In its memory lie the moments of all its seats' shards, `size`
    /// positions, of which this seat's are `shard`.
    Optimizer(OptimizerKind kind, const SeatGroup& group, std::size_t size, ArenaRange shard);

    /// `weights` and `gradient`: [shard].
    void update(std::span<float> weights, std::span<const float> gradient, const UpdateRule& rule);

    /// [shard] each: Adam's first and second moment, SGD's velocity.
    [[nodiscard]] std::vector<std::span<float>> moments() noexcept;

private:
    friend class OptimizerPass;
    OptimizerKind kind_;
    ArenaRange shard_;
    std::vector<GroupMemory> memory_;
    std::vector<std::span<float>> moments_;  // of all positions
};

/// One update of an optimizer, made piece by piece; `optimizer` must outlive it.
class OptimizerPass {
public:
    OptimizerPass(Optimizer& optimizer, const UpdateRule& rule);

    /// Updates the rows that begin at position `at` of those that the optimizer has moments of,
    /// whose weights are there and whose gradient is given. Several threads may update parts that
    /// do not overlap. Moments that have become subnormal are taken for zero.
    void update(std::size_t at,
                const RowsShape& shape,
                float* weights,
                const GradientRows& gradient) const;

private:
    Optimizer& optimizer_;
    AdamFactors adam_;
    SgdFactors sgd_;
};

/// Sum of squares, in double; the same for any number of threads.
double squared_norm(std::span<const float> values);

}  // namespace ltfb::trainer
