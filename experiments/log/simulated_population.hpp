#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ltfb::experiments {

/// What to simulate. A simulation is a pure function of this.
struct SimulationSettings {
    std::int32_t trainers = 16;
    std::int32_t rounds = 20;
    std::uint64_t seed = 1;
    std::int32_t failures = 0;  // trainers that die on the way
};

inline constexpr std::array<std::string_view, 9> simulated_names{
    "batch", "beta1", "beta2", "clip", "dropout", "epsilon", "lr", "momentum", "weight_decay"};
inline constexpr std::size_t dropout_key = 4;
inline constexpr std::size_t lr_key = 6;

/// A model as far as a log can see it: its loss, where it comes from, its hyperparameters.
struct SimulatedModel {
    double loss = 0.55;
    std::int32_t lineage = 0;
    std::uint64_t digest = 0;
    std::array<double, simulated_names.size()> values{};
};

/// One hyperparameter moved by explore.
struct SimulatedMove {
    std::size_t key = 0;
    double old_value = 0.0;
    double new_value = 0.0;
};

/// A population whose losses fall as fast as their learning rates are good, without any training:
/// a stand-in that is quick, and alive enough to have lineages, divergence and failures.
class SimulatedPopulation {
public:
    explicit SimulatedPopulation(const SimulationSettings& settings);

    /// Lets every living trainer train for `round`.
    void train(std::int32_t round);
    /// By trainer whom it meets in `round`, -1 for one that rests: random pairs, all at once, since
    /// the runs to simulate are too large for tournament::opponent_of, which draws them each time.
    [[nodiscard]] std::vector<std::int32_t> opponents(std::int32_t round) const;
    /// Score (mse) of a model on the tournament share of trainer `share` in `round`.
    [[nodiscard]] double score(const SimulatedModel& model,
                               std::int32_t share,
                               std::int32_t round) const;
    /// Moves some of the hyperparameters of `trainer` and returns which.
    std::vector<SimulatedMove> explore(std::int32_t trainer, std::int32_t round);

    /// Models by trainer.
    [[nodiscard]] std::vector<SimulatedModel>& models() noexcept { return models_; }
    /// Round at whose start `trainer` dies; beyond the last for those that do not.
    [[nodiscard]] std::int32_t death_round(std::int32_t trainer) const noexcept {
        return death_round_[static_cast<std::size_t>(trainer)];
    }

private:
    SimulationSettings settings_;
    std::vector<SimulatedModel> models_;
    std::vector<std::int32_t> death_round_;
};

}  // namespace ltfb::experiments
