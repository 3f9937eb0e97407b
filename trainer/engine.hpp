#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "data/samples.hpp"
#include "trainer/model.hpp"

namespace ltfb::trainer {

/// Where the dropout masks of a step come from: unit u of the sample at global position
/// `first_sample + row` draws from (seed, trainer, step), so masks do not depend on how the
/// minibatch is split over seats, and are the same in every engine.
struct DropoutRule {
    double probability = 0.0;
    std::uint64_t seed = 1;
    std::uint32_t trainer = 0;
    std::uint64_t step = 0;
    std::uint32_t first_sample = 0;
};

/// Coarse matrix work of a Combo model on one device. Holds scratch memory, never weights: arenas
/// belong to the caller. One engine serves one rank and is used from one thread.
class Engine {
public:
    virtual ~Engine() = default;
    [[nodiscard]] virtual const ModelLayout& layout() const noexcept = 0;

    /// Overwrites `gradient` [arena] with the gradient of  sum over the batch of
    /// (prediction - response)^2 / `loss_scale_samples`  with respect to `weights` [arena] and
    /// returns the sum of squared errors (not scaled). Padding of the gradient is zero.
    virtual double gradient(std::span<const float> weights,
                            const data::Batch& batch,
                            const DropoutRule& dropout,
                            double loss_scale_samples,
                            std::span<float> gradient) = 0;

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

/// `name`: "reference" or "onednn". `threads`: of this rank. Throws InputError naming the engines
/// that this build has.
std::unique_ptr<Engine> make_engine(std::string_view name, const ModelShape& shape, int threads);

}  // namespace ltfb::trainer
