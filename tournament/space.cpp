#include "tournament/space.hpp"

#include <algorithm>
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

Values draw(const Space& space, int trainer, std::uint64_t seed) {
    Values values;
    for (const Variable& variable : space.variables) {
        if (!is_active(space, variable, values)) {
            values[variable.key] = base_of(space, variable);
            continue;
        }
        Rng rng(seed ^ digest_of(std::string_view(variable.key)),
                Stream::hyperparameters,
                {static_cast<std::uint32_t>(trainer), 0});
        values[variable.key] = draw_from(variable.domain, rng);
    }
    return values;
}

}  // namespace ltfb::tournament
