#include "tournament/space.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>

#include "core/digest.hpp"

namespace ltfb::tournament {

bool is_within(double value, const std::vector<Condition::Range>& ranges) {
    return std::any_of(ranges.begin(), ranges.end(), [value](const Condition::Range& range) {
        return value >= range.from && value <= range.to;
    });
}

bool is_active(const Space& space, const Variable& variable, const Values& values) {
    return std::all_of(variable.when.begin(), variable.when.end(), [&](const Condition& condition) {
        const auto setting = space.context.settings.find(condition.key);
        if (setting != space.context.settings.end()) {
            return std::find(condition.texts.begin(), condition.texts.end(), setting->second) !=
                   condition.texts.end();
        }
        const auto value = values.find(condition.key);
        return is_within(
            value != values.end() ? value->second : space.context.keys.at(condition.key).base,
            condition.ranges);
    });
}

double base_of(const Space& space, const Variable& variable) {
    return space.context.keys.at(variable.key).base;
}

namespace {

/// In [0, 1), in the part that is the trainer's.
double even_draw(std::string_view key, const DrawPoint& point) {
    const std::uint64_t seed = point.seed ^ digest_of(key);
    std::vector<int> parts(static_cast<std::size_t>(point.trainers));
    std::iota(parts.begin(), parts.end(), 0);
    Rng order(seed, Stream::hyperparameters, {0, 1});
    shuffle(parts, order);
    Rng rng(seed, Stream::hyperparameters, {static_cast<std::uint32_t>(point.trainer), 0});
    return (parts[static_cast<std::size_t>(point.trainer)] + rng.uniform()) / point.trainers;
}

}  // namespace

Values draw(const Space& space, const DrawPoint& point) {
    assert(point.trainer >= 0 && point.trainer < point.trainers);
    Values values;
    for (const Variable& variable : space.variables) {
        values[variable.key] = is_active(space, variable, values)
                                   ? value_at(variable.domain, even_draw(variable.key, point))
                                   : base_of(space, variable);
    }
    return values;
}

}  // namespace ltfb::tournament
