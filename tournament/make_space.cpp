#include "tournament/make_space.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "tournament/domain_text.hpp"

namespace ltfb::tournament {

namespace {

[[noreturn]] void refuse(const Variable& variable, std::string_view why, std::string_view advice) {
    refuse(Place{variable.source, variable.key}, why, advice);
}

template <class Map>
std::string names_of(const Map& map) {
    std::vector<std::string_view> names;
    for (const auto& entry : map) { names.push_back(entry.first); }
    return fmt::format("{}", fmt::join(names, ", "));
}

void check_range(const Variable& variable) {
    const Domain& domain = variable.domain;
    if (!(domain.low < domain.high)) {
        refuse(variable,
               fmt::format("empty range {} to {}", domain.low, domain.high),
               "give the low end first, below the high end");
    }
    if (domain.kind == Domain::Kind::loguniform && domain.low <= 0.0) {
        refuse(variable,
               fmt::format("log range {} to {} reaches 0", domain.low, domain.high),
               "use a low end above 0, or uniform");
    }
    constexpr double largest_exact = 0x1p53;
    if (domain.kind == Domain::Kind::integer &&
        (domain.low != std::round(domain.low) || domain.high != std::round(domain.high) ||
         domain.low < -largest_exact / 2 || domain.high > largest_exact / 2)) {
        refuse(variable,
               fmt::format("ends {} and {} aren't both integers", domain.low, domain.high),
               "use integers, or uniform");
    }
}

void check_choices(const Variable& variable) {
    const auto& choices = variable.domain.choices;
    if (choices.empty()) { refuse(variable, "no choices", "list at least one value"); }
    std::set<double> seen;
    for (const double choice : choices) {
        if (!seen.insert(choice).second) {
            refuse(variable, fmt::format("choice {} is listed twice", choice), "list it once");
        }
    }
}

void check_allowed(const Variable& variable, const KnownKey& known) {
    const Domain& domain = variable.domain;
    const bool is_choice = domain.kind == Domain::Kind::choice;
    if (known.is_integer && domain.is_continuous()) {
        refuse(variable, "takes integers only", "use int:LOW,HIGH or choice:A,B,...");
    }
    const std::vector<double> values =
        is_choice ? domain.choices : std::vector<double>{domain.low, domain.high};
    for (const double value : values) {
        if (value < known.lowest || value > known.highest) {
            refuse(variable,
                   fmt::format("{} is outside what the trainer allows", value),
                   fmt::format("stay within {} to {}", known.lowest, known.highest));
        }
        if (known.is_integer && value != std::round(value)) {
            refuse(variable, fmt::format("choice {} isn't an integer", value), "use integers");
        }
    }
}

/// Whether some value that `variable` can have is in one of the ranges; a single value of a
/// continuous domain does not count, as it is never drawn.
bool can_hold(const Variable& variable, double base, const std::vector<Condition::Range>& ranges) {
    if (!variable.when.empty() && is_within(base, ranges)) { return true; }
    const Domain& domain = variable.domain;
    if (domain.kind == Domain::Kind::choice) {
        return std::any_of(domain.choices.begin(), domain.choices.end(), [&ranges](double choice) {
            return is_within(choice, ranges);
        });
    }
    return std::any_of(ranges.begin(), ranges.end(), [&domain](const Condition::Range& range) {
        const double from = std::max(range.from, domain.low);
        const double to = std::min(range.to, domain.high);
        return domain.is_continuous() ? from < to : std::ceil(from) <= std::floor(to);
    });
}

void check_condition(const Variable& variable,
                     const Condition& condition,
                     const std::map<std::string, Variable>& varied,
                     const SpaceContext& context) {
    const bool is_setting = context.settings.contains(condition.key);
    if (!is_setting && !context.keys.contains(condition.key)) {
        refuse(
            variable,
            fmt::format("condition on '{}', which is unknown", condition.key),
            fmt::format("use one of {}, {}", names_of(context.settings), names_of(context.keys)));
    }
    if (is_setting ? condition.texts.empty() || !condition.ranges.empty()
                   : condition.ranges.empty() || !condition.texts.empty()) {
        refuse(variable,
               fmt::format("condition on '{}' has a value of the wrong type", condition.key),
               is_setting ? "use text" : "use a number, or from and to");
    }
    const auto other = varied.find(condition.key);
    if (!is_setting && other != varied.end() &&
        !can_hold(other->second, context.keys.at(condition.key).base, condition.ranges)) {
        refuse(variable,
               fmt::format("condition on '{}' never holds", condition.key),
               "use values of its domain; from and to where it is continuous");
    }
}

/// Moves variables to the result once all varied keys that their conditions name are there.
std::vector<Variable> in_dependency_order(std::map<std::string, Variable> remaining) {
    std::vector<Variable> ordered;
    while (!remaining.empty()) {
        const auto ready =
            std::find_if(remaining.begin(), remaining.end(), [&remaining](const auto& entry) {
                const auto& when = entry.second.when;
                return std::none_of(when.begin(), when.end(), [&remaining](const Condition& c) {
                    return remaining.contains(c.key);
                });
            });
        if (ready == remaining.end()) {
            refuse(remaining.begin()->second,
                   fmt::format("conditions of {} go round in a circle", names_of(remaining)),
                   "let one of them be varied unconditionally");
        }
        ordered.push_back(std::move(ready->second));
        remaining.erase(ready);
    }
    return ordered;
}

}  // namespace

Space make_space(const std::vector<Variable>& variables, const SpaceContext& context) {
    std::map<std::string, Variable> varied;
    for (const Variable& variable : variables) { varied.insert_or_assign(variable.key, variable); }
    for (const auto& [key, variable] : varied) {
        const auto known = context.keys.find(key);
        if (known == context.keys.end()) {
            refuse(variable,
                   "unknown hyperparameter",
                   fmt::format("use one of {}", names_of(context.keys)));
        }
        variable.domain.kind == Domain::Kind::choice ? check_choices(variable)
                                                     : check_range(variable);
        check_allowed(variable, known->second);
        for (const Condition& condition : variable.when) {
            check_condition(variable, condition, varied, context);
        }
    }
    return {in_dependency_order(std::move(varied)), context};
}

}  // namespace ltfb::tournament
