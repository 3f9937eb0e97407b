#include "tournament/perturb.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace ltfb::tournament {

namespace {

/// `position` on a line that is folded into [0, width] at both ends.
double reflect(double position, double width) {
    const double folded = std::fmod(std::abs(position), 2.0 * width);
    return folded > width ? 2.0 * width - folded : folded;
}

double perturb_log(const Domain& domain, double value, double factor, bool up) {
    const double moved = up ? value * factor : value / factor;
    if (contains(domain, moved)) { return moved; }
    const double start = std::log(domain.low);
    const double step = up ? std::log(factor) : -std::log(factor);
    return std::exp(start + reflect(std::log(value) - start + step, std::log(domain.high) - start));
}

double perturb_integer(const Domain& domain, double value, double step, bool up) {
    const double width = domain.high - domain.low;
    const double whole = std::max(1.0, std::round(step));
    const double moved = domain.low + reflect(value - domain.low + (up ? whole : -whole), width);
    if (moved != value) { return moved; }
    const double beside = up ? value + 1.0 : value - 1.0;
    return contains(domain, beside) ? beside : 2.0 * value - beside;
}

double neighbour(const Domain& domain, double value, bool up) {
    const auto& choices = domain.choices;
    const Domain places{.kind = Domain::Kind::integer,
                        .low = 0.0,
                        .high = static_cast<double>(choices.size() - 1),
                        .choices = {}};
    if (choices.size() == 1) { return value; }
    const auto at = std::find(choices.begin(), choices.end(), value) - choices.begin();
    return choices[static_cast<std::size_t>(
        perturb_integer(places, static_cast<double>(at), 1.0, up))];
}

}  // namespace

double perturb(const Domain& domain, double value, double factor, Rng& rng) {
    assert(factor > 1.0);
    const bool up = rng.below(2) == 1;
    const double inside = nearest_in(domain, value);
    const double width = domain.high - domain.low;
    const double step = (factor - 1.0) / 2.0 * width;
    double moved = inside;
    switch (domain.kind) {
        case Domain::Kind::loguniform:
            moved = perturb_log(domain, inside, factor, up);
            break;
        case Domain::Kind::uniform:
            moved = domain.low + reflect(inside - domain.low + (up ? step : -step), width);
            break;
        case Domain::Kind::integer:
            moved = perturb_integer(domain, inside, step, up);
            break;
        case Domain::Kind::choice:
            moved = neighbour(domain, inside, up);
            break;
    }
    return nearest_in(domain, moved);  // rounding may have left it by a last digit
}

}  // namespace ltfb::tournament
