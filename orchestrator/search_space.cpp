#include "orchestrator/search_space.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "orchestrator/hyperparameter_draw.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/make_space.hpp"
#include "tournament/space_text.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr double most_steps = 0x1p40;

std::string with_underscores(std::string key) {
    std::ranges::replace(key, '-', '_');
    return key;
}

std::vector<tournament::Variable> with_underscores(std::vector<tournament::Variable> variables) {
    for (tournament::Variable& variable : variables) {
        variable.key = with_underscores(variable.key);
        for (auto& condition : variable.when) { condition.key = with_underscores(condition.key); }
    }
    return variables;
}

bool is_json(const std::string& space) {
    const auto first = space.find_first_not_of(" \t\r\n");
    return first != std::string::npos && space[first] == '{';
}

std::vector<tournament::Variable> variables_of_space(const std::string& space) {
    if (space.empty()) { return {}; }
    return with_underscores(is_json(space) ? tournament::parse_space(space, "space")
                                           : tournament::read_space(space));
}

}  // namespace

tournament::SpaceContext space_context(const Settings& s) {
    const LrRange lr = parse_lr(s.lr);
    const double base_lr = lr.low == lr.high ? lr.low : std::sqrt(lr.low) * std::sqrt(lr.high);
    const auto steps = [](std::uint64_t value) { return static_cast<double>(value); };
    return {
        .keys = {{"lr", {1e-12, 100.0, base_lr}},
                 {"beta1", {0.0, 0.999999, s.beta1}},
                 {"beta2", {0.0, 0.99999999, s.beta2}},
                 {"epsilon", {1e-30, 1.0, s.epsilon}},
                 {"momentum", {0.0, 0.999999, s.momentum}},
                 {"weight_decay", {0.0, 1.0, s.weight_decay}},
                 {"dropout", {0.0, 0.99, s.dropout}},
                 {"clip", {0.0, 1e30, s.clip}},
                 {"batch", {1.0, 1 << 20, static_cast<double>(s.batch), true}},
                 {"warmup_steps", {0.0, most_steps, steps(s.warmup_steps), true}},
                 {"final_factor", {0.0, 1.0, s.final_factor}},
                 {"step_every",
                  {s.schedule == "step" ? 1.0 : 0.0, most_steps, steps(s.step_every), true}},
                 {"step_factor", {0.0, 1.0, s.step_factor}}},
        .settings = {{"optimizer", s.optimizer}, {"schedule", s.schedule}, {"engine", s.engine}}};
}

tournament::Space search_space(const Settings& settings) {
    std::vector<tournament::Variable> variables;
    const LrRange lr = parse_lr(settings.lr);
    if (lr.low < lr.high) {
        variables.push_back({.key = "lr",
                             .domain = {.kind = tournament::Domain::Kind::loguniform,
                                        .low = lr.low,
                                        .high = lr.high,
                                        .choices = {}},
                             .when = {},
                             .source = "--lr " + settings.lr});
    }
    for (auto& variable : variables_of_space(settings.space)) {
        variables.push_back(std::move(variable));
    }
    for (const std::string& text : settings.vary) {
        auto varied = with_underscores({tournament::parse_vary(text)});
        variables.push_back(std::move(varied.front()));
    }
    return tournament::make_space(variables, space_context(settings));
}

std::string resolve_space(const Settings& settings) {
    if (settings.space.empty()) { return ""; }
    const auto variables = variables_of_space(settings.space);
    // Here messages can still name lines of the file.
    tournament::make_space(variables, space_context(settings));
    return variables.empty() ? "" : tournament::to_json_text(variables);
}

}  // namespace ltfb::orchestrator
