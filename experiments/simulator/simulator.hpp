#pragma once

#include <cstdint>
#include <vector>

#include "experiments/simulator/world.hpp"
#include "tournament/explore.hpp"
#include "tournament/judge.hpp"
#include "tournament/selection.hpp"

namespace ltfb::experiments {

/// The decisions of a population, as in a real run.
struct Policy {
    tournament::SelectionRule selection;
    tournament::WinRule win;
    tournament::ExploreRule explore;
};

struct SimulationSettings {
    int trainers = 8;
    int rounds = 50;
    std::uint64_t seed = 1;
    double score_noise = 0.0;  // standard deviation: scores come from finite shares of the samples
};

/// A population after a round. Losses are true ones, without noise.
struct RoundSummary {
    double best_loss = 0.0;
    double median_loss = 0.0;  // a loss that isn't finite counts as infinite
    double mean_gain = 0.0;    // by how much the round's steps improved the trainers' losses
    int adoptions = 0;
    tournament::Values best_values;
};

/// Plays rounds of synthetic training with the decision functions that a real run uses.
/// Pure in its arguments.
std::vector<RoundSummary> simulate(const World& world,
                                   const tournament::Space& space,
                                   const Policy& policy,
                                   const SimulationSettings& settings);

}  // namespace ltfb::experiments
