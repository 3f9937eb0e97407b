#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "core/shard.hpp"
#include "data/samples.hpp"
#include "trainer/gradient_sink.hpp"
#include "trainer/model.hpp"
#include "trainer/precision.hpp"
#include "trainer/seat_group.hpp"

namespace ltfb::trainer {

/// What has a mask of its own in the tracks: every sample of the minibatch, as is usual, or every
/// cell and drug in it, so that all its samples share one and a track is computed once per entity;
/// that regularises differently. After the concatenation it is always the sample.
enum class DropoutScope { sample, entity };

/// Where the dropout masks of a step come from: unit u of the sample at global position
/// `first_sample + row`, or of the set's cell or drug, draws from (seed, trainer, step), so masks
/// do not depend on how the minibatch is split over seats, and are the same in every engine.
struct DropoutRule {
    DropoutScope scope = DropoutScope::sample;
    double probability = 0.0;
    std::uint64_t seed = 1;
    std::uint32_t trainer = 0;
    std::uint64_t step = 0;
    std::uint32_t first_sample = 0;
};

/// Hears which part of a gradient has just become final, so that it can be sent on while the rest
/// is still being made.
using GradientReady = std::function<void(ArenaRange)>;

/// The part of the arena that holds a layer, with the padding that follows.
ArenaRange range_of(const ModelLayout& layout, const Layer& layer);

/// Coarse matrix work of a Combo model on one device. Holds scratch memory, never weights: arenas
/// belong to the caller. One engine serves one rank and is used from one thread.
class Engine {
public:
    virtual ~Engine() = default;
    [[nodiscard]] virtual const ModelLayout& layout() const noexcept = 0;

    /// Overwrites `gradient` [arena] with the gradient of  sum over the batch of
    /// (prediction - response)^2 / `loss_scale_samples`  with respect to `weights` [arena] and
    /// returns the sum of squared errors (not scaled). Padding of the gradient is zero. Calls
    /// `ready`, where there is one, for each part as it becomes final, the last layers first;
    /// together the parts cover the arena.
    virtual double gradient(std::span<const float> weights,
                            const data::Batch& batch,
                            const DropoutRule& dropout,
                            double loss_scale_samples,
                            std::span<float> gradient,
                            const GradientReady& ready = {}) = 0;

    /// Predictions without dropout into `out` [batch.size()]. Tracks are computed once per distinct
    /// row of the batch, and the first concatenated layer in three parts per row.
    virtual void predict(std::span<const float> weights,
                         const data::Batch& batch,
                         std::span<float> out) = 0;

    /// What `predict` calls now and then while it works, so that messages can progress; empty:
    /// nothing.
    void set_meanwhile(std::function<void()> meanwhile) { meanwhile_ = std::move(meanwhile); }

protected:
    [[nodiscard]] const std::function<void()>& meanwhile() const noexcept { return meanwhile_; }

private:
    std::function<void()> meanwhile_;
};

/// What the first stage of a step works on.
struct StepTask {
    std::span<const float> weights;  // [arena]
    const data::Batch& batch;        // this seat's slice of the minibatch
    const DropoutRule& dropout;
    double loss_scale_samples = 1.0;
    std::size_t largest_slice = 0;  // samples of the largest slice of all seats
    mpi::Deadline deadline{};       // of waits for other seats
};

/// An engine that makes a gradient in two stages and keeps a copy of the weights of its own. Seats
/// that share a node's memory go through the first stage together, sharing out columns of its
/// products, so that no weight is read twice; and need no sum of gradients: each makes that of all
/// their samples for some of the weights, block by block, and updates each block while it is in the
/// cache. One engine serves one set of samples.
class StagedEngine : public Engine {
public:
    /// Collective over the group, which all calls then are about. Without it a seat is alone.
    virtual void join(const SeatGroup& group) = 0;
    /// Brings the copy up to date with `weights` [arena] in `range`. Each seat of a group does so
    /// for its own range.
    virtual void load_weights(std::span<const float> weights, ArenaRange range) = 0;
    /// Collective over the group. Both passes of its seats' slices. The copy of the weights must be
    /// up to date. Returns the sum of squared errors of this seat's slice. Throws TimeoutError.
    virtual double backpropagate(const StepTask& task) = 0;
    /// After `backpropagate`, the gradient in `range`, of the samples of all seats of the group.
    /// Where the sink updates `weights`, so is the copy in this range.
    virtual void weight_gradients(std::span<const float> weights,
                                  ArenaRange range,
                                  GradientSink& sink) = 0;
    /// The same for all of the arena, collective over the group, whose threads share out the work.
    virtual void update_weights(std::span<const float> weights,
                                GradientSink& sink,
                                const mpi::Deadline& deadline) = 0;
};

/// Whether this processor has matrix hardware that an engine uses (AMX).
bool has_matrix_hardware();
/// The engine that `name` comes to; `auto`: the one that trains fastest, "blocked" where there is
/// matrix hardware, else "onednn".
std::string_view engine_of(std::string_view name, bool has_hardware = has_matrix_hardware());
/// fp32 or bf16 by name; `auto`: bf16 where there is matrix hardware for it. Throws InputError.
Precision parse_precision(std::string_view name,
                          std::string_view engine,
                          bool has_hardware = has_matrix_hardware());
const char* name_of(Precision precision);

/// `name`: "auto", "blocked" (kernels of its own; in fp32 for processors with AMX), "onednn" or
/// "reference". oneDNN is for fp32: in bf16, where it leaves half of the machine unused, "onednn"
/// is "blocked". `threads`: of this rank. Throws InputError naming what this build has.
std::unique_ptr<Engine> make_engine(std::string_view name,
                                    const ModelShape& shape,
                                    int threads,
                                    Precision precision = Precision::fp32);

}  // namespace ltfb::trainer
