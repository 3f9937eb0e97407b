#pragma once

#include <vector>

#include "core/rng.hpp"

namespace ltfb::tournament {

/// The values that a hyperparameter may take.
struct Domain {
    enum class Kind { uniform, loguniform, integer, choice };
    Kind kind = Kind::uniform;
    double low = 0.0;  // both ends belong to the domain
    double high = 0.0;
    std::vector<double> choices;  // of kind choice, in the order that decides who neighbours whom

    bool operator==(const Domain&) const = default;

    [[nodiscard]] bool is_continuous() const noexcept {
        return kind == Kind::uniform || kind == Kind::loguniform;
    }
};

bool contains(const Domain& domain, double value);

/// The value of the domain that is nearest to `value`.
double nearest_in(const Domain& domain, double value);

/// One draw; uniform over the range, its logarithm, its integers or its choices.
double draw_from(const Domain& domain, Rng& rng);

/// Value that a draw stays below or at with probability `unit` in [0, 1) (choices in their order).
double value_at(const Domain& domain, double unit);

/// A continuous domain as [0, 1] on the scale on which it is drawn uniformly, and back. Values
/// outside are taken to the nearest end.
double to_unit(const Domain& domain, double value);
double from_unit(const Domain& domain, double unit);

}  // namespace ltfb::tournament
