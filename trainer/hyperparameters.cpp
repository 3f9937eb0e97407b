#include "trainer/hyperparameters.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::trainer {

namespace {

enum class Bound { open, closed };

/// Values from `low` up to, but not including, `high`.
struct Rule {
    std::string_view name;
    double Hyperparameters::*value;
    Bound low_bound = Bound::closed;
    double high = std::numeric_limits<double>::infinity();
    std::string_view allowed = "a number >= 0";
    bool is_whole = false;
};

constexpr std::string_view whole_number = "a whole number >= 0";

constexpr std::array rules{
    Rule{.name = "lr",
         .value = &Hyperparameters::lr,
         .low_bound = Bound::open,
         .allowed = "a number > 0"},
    Rule{.name = "beta1",
         .value = &Hyperparameters::beta1,
         .high = 1.0,
         .allowed = "a number in [0, 1)"},
    Rule{.name = "beta2",
         .value = &Hyperparameters::beta2,
         .high = 1.0,
         .allowed = "a number in [0, 1)"},
    Rule{.name = "epsilon",
         .value = &Hyperparameters::epsilon,
         .low_bound = Bound::open,
         .allowed = "a number > 0"},
    Rule{.name = "momentum",
         .value = &Hyperparameters::momentum,
         .high = 1.0,
         .allowed = "a number in [0, 1)"},
    Rule{.name = "weight_decay", .value = &Hyperparameters::weight_decay},
    Rule{.name = "dropout",
         .value = &Hyperparameters::dropout,
         .high = 1.0,
         .allowed = "a number in [0, 1)"},
    Rule{.name = "clip", .value = &Hyperparameters::clip},
    Rule{.name = "warmup_steps",
         .value = &Hyperparameters::warmup_steps,
         .allowed = whole_number,
         .is_whole = true},
    Rule{.name = "final_factor", .value = &Hyperparameters::final_factor},
    Rule{.name = "step_every",
         .value = &Hyperparameters::step_every,
         .allowed = whole_number,
         .is_whole = true},
    Rule{.name = "step_factor", .value = &Hyperparameters::step_factor},
};

constexpr std::string_view batch_name = "batch";
constexpr double largest_batch = 1 << 24;  // every index of a minibatch stays exact in an int

[[noreturn]] void refuse(std::string_view name, double value, std::string_view allowed) {
    throw InputError(
        fmt::format("hyperparameter '{}': {} is out of range (give {})", name, value, allowed));
}

std::string known_names() {
    std::string names(batch_name);
    for (const Rule& rule : rules) { names += fmt::format(", {}", rule.name); }
    return names;
}

}  // namespace

std::map<std::string, double> Hyperparameters::as_map() const {
    std::map<std::string, double> values{{std::string(batch_name), batch}};
    for (const Rule& rule : rules) { values.emplace(rule.name, this->*rule.value); }
    return values;
}

void Hyperparameters::set(std::string_view name, double value) {
    if (name == batch_name) {
        if (!(value >= 1.0 && value <= largest_batch) || value != std::floor(value)) {
            refuse(name, value, fmt::format("a whole number from 1 to {}", largest_batch));
        }
        batch = static_cast<int>(value);
        return;
    }
    for (const Rule& rule : rules) {
        if (rule.name != name) { continue; }
        const bool above = rule.low_bound == Bound::open ? value > 0.0 : value >= 0.0;
        const bool broken = rule.is_whole && value != std::floor(value);
        if (!above || !(value < rule.high) || broken) { refuse(name, value, rule.allowed); }
        this->*rule.value = value;
        return;
    }
    throw InputError(
        fmt::format("hyperparameter '{}': there is no such name (one of {})", name, known_names()));
}

}  // namespace ltfb::trainer
