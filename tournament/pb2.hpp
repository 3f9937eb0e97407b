#pragma once

#include <span>
#include <vector>

#include "tournament/explore.hpp"

namespace ltfb::tournament {

/// What a round of training with certain hyperparameters brought.
struct Observation {
    int round = 0;
    Values values;
    /// By how much the round improved the model's score; positive is better (margin_of the score
    /// before the round's steps and after, best on the same samples). Not finite: it diverged.
    double gain = 0.0;
};

/// What explore_pb2 knows, in any order, but the same one on every seat of a trainer. Trainers may
/// know different things; more of it means better choices.
struct Pb2History {
    std::span<const Observation> observations;
    std::span<const Values> pending;  // of other trainers, for the next round: avoid doing the same
};

/// The newest observations that PB2 looks at, and the fewest with which it starts; with fewer it
/// draws at random.
inline constexpr std::size_t pb2_window = 96;
inline constexpr std::size_t pb2_fewest = 4;

/// Explores as Population-Based Bandits do (Parker-Holder et al. 2020, "Provably Efficient Online
/// Hyperparameter Optimization with Population-Based Bandits"): the continuous keys go where the
/// upper confidence bound of the gain in the next round is highest, by a time-varying Gaussian
/// process on the observations; other keys are explored by `rule`'s perturbation. Pure.
std::vector<Change> explore_pb2(const Values& values,
                                const Space& space,
                                const ExploreRule& rule,
                                const Pb2History& history,
                                const ExplorePoint& point);

}  // namespace ltfb::tournament
