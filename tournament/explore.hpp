#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tournament/space.hpp"

namespace ltfb::tournament {

/// How hyperparameters move after a trainer adopted a model.
struct ExploreRule {
    enum class Kind { none, perturb, resample, pb2 };
    Kind kind = Kind::perturb;
    double factor = 1.25;               // of a perturbation; its reciprocal is as likely
    double resample_probability = 0.0;  // with `perturb`: chance that a key is drawn anew instead
};

/// `kind`: "none", "perturb", "resample" or "pb2". Throws InputError.
ExploreRule make_explore_rule(std::string_view kind, double factor, double resample_probability);
std::string_view to_text(ExploreRule::Kind kind);

/// Fixes the random draws of one exploration.
struct ExplorePoint {
    std::uint64_t seed = 0;
    int round = 0;
    int trainer = 0;
};

enum class Operator {
    perturb,
    resample,
    pb2,
    activate,    // its conditions hold again: drawn
    deactivate,  // its conditions hold no more: base value
    replay,      // as an earlier run had it
};
std::string_view to_text(Operator op);

/// A hyperparameter that an exploration moved.
struct Change {
    std::string key;
    Operator op = Operator::perturb;
    double old_value = 0.0;
    double new_value = 0.0;
};

/// What becomes of one active variable.
struct Move {
    Operator op = Operator::perturb;
    double value = 0.0;
};
using Mover = std::function<Move(const Variable& variable, double old_value, Rng& rng)>;

/// Moves `values` of the varied keys by `mover`; parents first, so that keys become active or
/// inactive as their parents moved. What stayed the same isn't listed. Pure if `mover` is.
std::vector<Change> explore_with(const Mover& mover,
                                 const Values& values,
                                 const Space& space,
                                 const ExplorePoint& point);

/// Explores by `rule`, whose kind isn't pb2 (see explore_pb2). Pure.
std::vector<Change> explore(const Values& values,
                            const Space& space,
                            const ExploreRule& rule,
                            const ExplorePoint& point);

/// Sets the new values.
void apply_changes(const std::vector<Change>& changes, Values& values);

}  // namespace ltfb::tournament
