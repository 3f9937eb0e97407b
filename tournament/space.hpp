#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tournament/domain.hpp"

namespace ltfb::tournament {

/// Hyperparameters by name.
using Values = std::map<std::string, double>;

/// What the trainer allows for a hyperparameter.
struct KnownKey {
    double lowest = 0.0;  // both ends are allowed
    double highest = 0.0;
    double base = 0.0;  // its value where it isn't varied
    bool is_integer = false;
};

/// What a search space may refer to.
struct SpaceContext {
    std::map<std::string, KnownKey> keys;
    std::map<std::string, std::string> settings;  // of the run, for conditions: optimizer -> adam
};

/// Holds where `key` (a hyperparameter or a setting of the run) has one of the listed values.
struct Condition {
    struct Range {
        double from = 0.0;
        double to = 0.0;  // both ends belong to it
        bool operator==(const Range&) const = default;
    };
    std::string key;
    std::vector<Range> ranges;       // of a hyperparameter
    std::vector<std::string> texts;  // of a setting

    bool operator==(const Condition&) const = default;
};

/// A hyperparameter that is varied while all its conditions hold, and has its base value otherwise.
struct Variable {
    std::string key;
    Domain domain;
    std::vector<Condition> when;
    std::string source;  // where the user wrote it, for messages
};

/// A checked search space, as from make_space.
struct Space {
    std::vector<Variable> variables;  // each after those that its conditions name
    SpaceContext context;
};

/// Whether one of the ranges holds `value`.
bool is_within(double value, const std::vector<Condition::Range>& ranges);

/// Whether the conditions of `variable` hold where the hyperparameters are `values`.
bool is_active(const Space& space, const Variable& variable, const Values& values);

/// Value that the variable has while it isn't active.
double base_of(const Space& space, const Variable& variable);

/// Fixes the first values of a trainer.
struct DrawPoint {
    std::uint64_t seed = 0;
    int trainer = 0;   // below `trainers`
    int trainers = 1;  // that draw
};

/// First values for every varied key; a key that isn't active has its base value. The draws of all
/// trainers lie evenly over a domain: each of `trainers` equally likely parts of it holds one, in
/// an order of its own for each key (Latin hypercube; McKay, Beckman and Conover 1979). Pure, and a
/// key's draw does not depend on what else is varied.
Values draw(const Space& space, const DrawPoint& point);

}  // namespace ltfb::tournament
