#include "orchestrator/hyperparameter_draw.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

#include "core/error.hpp"
#include "orchestrator/replay.hpp"
#include "orchestrator/search_space.hpp"

namespace ltfb::orchestrator {

namespace {

double parse_number(const char* option, std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        throw InputError(fmt::format("--{} {}: not a number", option, text));
    }
    return value;
}

}  // namespace

LrRange parse_lr(const std::string& text) {
    const auto dots = text.find("..");
    const std::string_view view(text);
    const double low = parse_number("lr", view.substr(0, dots));
    const double high = dots == std::string::npos ? low : parse_number("lr", view.substr(dots + 2));
    if (!(low > 0.0 && high >= low && high <= 100.0)) {
        throw InputError(fmt::format(
            "--lr {}: out of range (use a value above 0, or LOW..HIGH with LOW <= HIGH)", text));
    }
    return {.low = low, .high = high};
}

double parse_target_score(const std::string& text) {
    if (text.empty()) { return std::numeric_limits<double>::quiet_NaN(); }
    return parse_number("target-score", text);
}

trainer::Hyperparameters initial_hyperparameters(const Settings& settings, int trainer) {
    const tournament::Space space = search_space(settings);
    trainer::Hyperparameters hyperparameters;
    for (const auto& [key, known] : space.context.keys) { hyperparameters.set(key, known.base); }
    if (!settings.replay.empty()) {
        const HyperparameterSchedule schedule = winning_schedule(settings.replay);
        for (const auto& [key, value] : schedule.front()) { hyperparameters.set(key, value); }
        return hyperparameters;
    }
    if (trainer == settings.control) { return hyperparameters; }
    const tournament::DrawPoint point{
        .seed = settings.seed, .trainer = trainer, .trainers = settings.trainers};
    for (const auto& [key, value] : tournament::draw(space, point)) {
        hyperparameters.set(key, value);
    }
    return hyperparameters;
}

}  // namespace ltfb::orchestrator
