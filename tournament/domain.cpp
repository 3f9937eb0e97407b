#include "tournament/domain.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace ltfb::tournament {

bool contains(const Domain& domain, double value) {
    switch (domain.kind) {
        case Domain::Kind::choice:
            return std::find(domain.choices.begin(), domain.choices.end(), value) !=
                   domain.choices.end();
        case Domain::Kind::integer:
            return value >= domain.low && value <= domain.high && value == std::round(value);
        default:
            return value >= domain.low && value <= domain.high;
    }
}

double nearest_in(const Domain& domain, double value) {
    if (domain.kind == Domain::Kind::choice) {
        return *std::min_element(
            domain.choices.begin(), domain.choices.end(), [value](double a, double b) {
                return std::abs(a - value) < std::abs(b - value);
            });
    }
    const double inside = std::clamp(value, domain.low, domain.high);
    return domain.kind == Domain::Kind::integer ? std::round(inside) : inside;
}

double draw_from(const Domain& domain, Rng& rng) {
    return value_at(domain, rng.uniform());
}

double value_at(const Domain& domain, double unit) {
    if (domain.is_continuous()) { return from_unit(domain, unit); }
    const bool is_choice = domain.kind == Domain::Kind::choice;
    const double count =
        is_choice ? static_cast<double>(domain.choices.size()) : domain.high - domain.low + 1.0;
    const double at = std::min(std::floor(unit * count), count - 1.0);
    return is_choice ? domain.choices[static_cast<std::size_t>(at)] : domain.low + at;
}

double to_unit(const Domain& domain, double value) {
    assert(domain.is_continuous());
    const double inside = std::clamp(value, domain.low, domain.high);
    if (domain.kind == Domain::Kind::loguniform) {
        const double start = std::log(domain.low);
        return (std::log(inside) - start) / (std::log(domain.high) - start);
    }
    return (inside - domain.low) / (domain.high - domain.low);
}

double from_unit(const Domain& domain, double unit) {
    assert(domain.is_continuous());
    double value = domain.low + unit * (domain.high - domain.low);
    if (domain.kind == Domain::Kind::loguniform) {
        const double start = std::log(domain.low);
        value = std::exp(start + unit * (std::log(domain.high) - start));
    }
    return std::clamp(value, domain.low, domain.high);
}

}  // namespace ltfb::tournament
