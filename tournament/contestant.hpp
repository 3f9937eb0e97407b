#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/mpi.hpp"
#include "core/shard.hpp"

namespace ltfb::tournament {

/// Everything of a model that is not in its arenas.
struct ModelCard {
    std::uint64_t step = 0;  // the clock that schedules and the optimizer depend on
    int lineage = 0;         // founder: whose initial weights the model descends from
    std::map<std::string, double> hyperparameters;

    bool operator==(const ModelCard&) const = default;
};

/// What an adopter takes over besides step, lineage and hyperparameters. Without the optimizer's
/// moments it keeps its own.
enum class Exchange { weights, weights_and_moments };

/// What a tournament needs of a trainer, seen from one of its seats. Every seat holds all weights;
/// of the optimizer's moments it holds its shard (core/shard.hpp). Methods marked collective are
/// called by all seats of the trainer alike.
class Contestant {
public:
    virtual ~Contestant() = default;

    /// The trainer's communicator; ranks are seats.
    [[nodiscard]] virtual const mpi::Comm& comm() const = 0;
    /// [arena] To change weights, each seat writes its shard, then all call `share_weights`.
    [[nodiscard]] virtual std::span<float> weights() = 0;
    /// Collective. Makes what each seat wrote into its shard of the weights visible to all.
    virtual void share_weights() = 0;
    /// Optimizer moments of this seat's shard, [shard] each; the same number in every trainer.
    [[nodiscard]] virtual std::vector<std::span<float>> moments() = 0;
    [[nodiscard]] virtual ModelCard card() const = 0;
    virtual void set_card(const ModelCard& card) = 0;

    /// Collective. Digest of weights, step, hyperparameters and, if they travel too, moments; the
    /// same on every seat.
    virtual std::uint64_t digest(Exchange what) = 0;
    /// Collective. Predictions of a model with these weights for the own tournament share, the
    /// same on every seat. `meanwhile`, unless empty, is called now and then, so that messages can
    /// progress; not as often on each seat.
    virtual std::vector<float> predict(std::span<const float> weights,
                                       const std::function<void()>& meanwhile) = 0;
    /// Score of such predictions by the run's metric.
    [[nodiscard]] virtual double score(std::span<const float> predictions) const = 0;
    /// Responses of the own tournament share.
    [[nodiscard]] virtual std::span<const float> responses() const = 0;

    /// What the trainer tells whoever it meets, and takes note of in turn; the same on every seat.
    [[nodiscard]] virtual std::string news() const { return {}; }
    virtual void hear(const std::string& /*news*/) {}
};

}  // namespace ltfb::tournament
