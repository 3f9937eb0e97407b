#include "tournament/explore.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include <fmt/format.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "tournament/perturb.hpp"

namespace ltfb::tournament {

namespace {

constexpr std::array<std::string_view, 4> explorer_names{"none", "perturb", "resample", "pb2"};
constexpr std::array<std::string_view, 6> operator_names{
    "perturb", "resample", "pb2", "activate", "deactivate", "replay"};

}  // namespace

ExploreRule make_explore_rule(std::string_view kind, double factor, double resample_probability) {
    const auto* const found = std::find(explorer_names.begin(), explorer_names.end(), kind);
    if (found == explorer_names.end()) {
        throw InputError(fmt::format(
            "explore rule '{}': unknown (use {})", kind, fmt::join(explorer_names, ", ")));
    }
    if (!(factor > 1.0) || !std::isfinite(factor)) {
        throw InputError(
            fmt::format("perturbation factor {}: not above 1 (for example 1.25)", factor));
    }
    if (!(resample_probability >= 0.0 && resample_probability <= 1.0)) {
        throw InputError(fmt::format("resample probability {}: not in [0, 1] (for example 0.25)",
                                     resample_probability));
    }
    return {.kind = static_cast<ExploreRule::Kind>(found - explorer_names.begin()),
            .factor = factor,
            .resample_probability = resample_probability};
}

std::string_view to_text(ExploreRule::Kind kind) {
    return explorer_names.at(static_cast<std::size_t>(kind));
}

std::string_view to_text(Operator op) {
    return operator_names.at(static_cast<std::size_t>(op));
}

std::vector<Change> explore_with(const Mover& mover,
                                 const Values& values,
                                 const Space& space,
                                 const ExplorePoint& point) {
    std::vector<Change> changes;
    Values moved = values;
    for (const Variable& variable : space.variables) {
        const bool was_active = is_active(space, variable, values);
        const bool stays_active = is_active(space, variable, moved);
        if (!was_active && !stays_active) { continue; }
        Rng rng(
            point.seed ^ digest_of(std::string_view(variable.key)),
            Stream::explore,
            {static_cast<std::uint32_t>(point.round), static_cast<std::uint32_t>(point.trainer)});
        const double old_value = values.at(variable.key);
        const Move move = !stays_active ? Move{Operator::deactivate, base_of(space, variable)}
                          : was_active  ? mover(variable, old_value, rng)
                                        : Move{Operator::activate, draw_from(variable.domain, rng)};
        if (move.value == old_value) { continue; }
        moved[variable.key] = move.value;
        changes.push_back({variable.key, move.op, old_value, move.value});
    }
    return changes;
}

std::vector<Change> explore(const Values& values,
                            const Space& space,
                            const ExploreRule& rule,
                            const ExplorePoint& point) {
    assert(rule.kind != ExploreRule::Kind::pb2);
    if (rule.kind == ExploreRule::Kind::none) { return {}; }
    const double resample_probability =
        rule.kind == ExploreRule::Kind::resample ? 1.0 : rule.resample_probability;
    const Mover mover = [&](const Variable& variable, double old_value, Rng& rng) {
        if (rng.uniform() < resample_probability) {
            return Move{Operator::resample, draw_from(variable.domain, rng)};
        }
        return Move{Operator::perturb, perturb(variable.domain, old_value, rule.factor, rng)};
    };
    return explore_with(mover, values, space, point);
}

void apply_changes(const std::vector<Change>& changes, Values& values) {
    for (const Change& change : changes) { values[change.key] = change.new_value; }
}

}  // namespace ltfb::tournament
