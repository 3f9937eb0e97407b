#include "orchestrator/hyperparameter_draw.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/rng.hpp"

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
    const LrRange range = parse_lr(settings.lr);
    Rng rng(settings.seed, Stream::hyperparameters, {static_cast<std::uint32_t>(trainer), 0});
    const double lr =
        range.low == range.high
            ? range.low
            : std::exp(std::log(range.low) + rng.uniform() * std::log(range.high / range.low));
    return {.lr = lr,
            .beta1 = settings.beta1,
            .beta2 = settings.beta2,
            .epsilon = settings.epsilon,
            .momentum = settings.momentum,
            .weight_decay = settings.weight_decay,
            .dropout = settings.dropout,
            .clip = settings.clip,
            .batch = settings.batch};
}

}  // namespace ltfb::orchestrator
