#include "tournament/judge.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"
#include "tournament/parse_number.hpp"

namespace ltfb::tournament {

namespace {

constexpr std::array<std::string_view, 4> metric_names{"mse", "mae", "r2", "pearson"};
constexpr std::array<std::string_view, 4> rule_names{"plain", "margin", "relative", "significance"};
constexpr std::array<std::string_view, 8> reason_names{"better",
                                                       "own-not-finite",
                                                       "not-better",
                                                       "not-enough",
                                                       "challenger-not-finite",
                                                       "neither-finite",
                                                       "standings",
                                                       "serves"};

bool has_passed(double own, double margin, const Comparison& comparison, const WinRule& rule) {
    switch (rule.kind) {
        case WinRule::Kind::plain:
            return true;
        case WinRule::Kind::margin:
            return margin > rule.value;
        case WinRule::Kind::relative:
            return margin > rule.value * std::abs(own);
        case WinRule::Kind::significance:
            return comparison.t_statistic > 0.0 && comparison.p_value < rule.value;
    }
    return false;
}

}  // namespace

Metric parse_metric(std::string_view text) {
    for (std::size_t i = 0; i < metric_names.size(); ++i) {
        if (metric_names.at(i) == text) { return static_cast<Metric>(i); }
    }
    throw InputError(
        fmt::format("metric '{}': unknown (use {})", text, fmt::join(metric_names, ", ")));
}

std::string_view to_text(Metric metric) {
    return metric_names.at(static_cast<std::size_t>(metric));
}

double margin_of(double own, double challenger, Metric metric) {
    if (std::isfinite(own) && std::isfinite(challenger)) {
        const bool low_is_best = metric == Metric::mse || metric == Metric::mae;
        return low_is_best ? own - challenger : challenger - own;
    }
    constexpr double infinite = std::numeric_limits<double>::infinity();
    if (std::isfinite(challenger)) { return infinite; }
    return std::isfinite(own) ? -infinite : std::numeric_limits<double>::quiet_NaN();
}

bool is_better(double a, double b, Metric metric) {
    return margin_of(b, a, metric) > 0.0;
}

WinRule parse_win_rule(std::string_view text) {
    if (text == rule_names[0]) { return {}; }
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    for (std::size_t i = 1; i < rule_names.size(); ++i) {
        if (rule_names.at(i) != name || equals == std::string_view::npos) { continue; }
        const WinRule::Kind kind{static_cast<int>(i)};
        const auto value = parse_number(text.substr(equals + 1));
        const bool allowed = kind == WinRule::Kind::significance
                                 ? value > 0.0 && value <= 1.0
                                 : value.has_value() && value >= 0.0;
        if (!allowed) {
            throw InputError(fmt::format("win rule '{}': {} (for example {})",
                                         text,
                                         kind == WinRule::Kind::significance
                                             ? "the level isn't in (0, 1]"
                                             : "the margin isn't a number >= 0",
                                         to_text(WinRule{kind, 0.05})));
        }
        return {kind, *value};
    }
    throw InputError(fmt::format(
        "win rule '{}': unknown (use plain, margin=D, relative=F or significance=ALPHA)", text));
}

std::string to_text(const WinRule& rule) {
    const auto name = rule_names.at(static_cast<std::size_t>(rule.kind));
    return rule.kind == WinRule::Kind::plain ? std::string(name)
                                             : fmt::format("{}={}", name, rule.value);
}

std::string_view to_text(Verdict::Reason reason) {
    return reason_names.at(static_cast<std::size_t>(reason));
}

Verdict judge(double own,
              double challenger,
              const Comparison& comparison,
              const WinRule& rule,
              Metric metric) {
    using Reason = Verdict::Reason;
    Verdict verdict{.margin = margin_of(own, challenger, metric)};
    if (!std::isfinite(own)) {
        verdict.reason =
            std::isfinite(challenger) ? Reason::own_not_finite : Reason::neither_finite;
    } else if (!std::isfinite(challenger)) {
        verdict.reason = Reason::challenger_not_finite;
    } else if (verdict.margin > 0.0) {
        verdict.reason =
            has_passed(own, verdict.margin, comparison, rule) ? Reason::better : Reason::not_enough;
    }
    return verdict;
}

Verdict copy_verdict(double own, double challenger, Metric metric) {
    using Reason = Verdict::Reason;
    Verdict verdict{.reason = Reason::standings, .margin = margin_of(own, challenger, metric)};
    if (!std::isfinite(challenger)) {
        verdict.reason =
            std::isfinite(own) ? Reason::challenger_not_finite : Reason::neither_finite;
    }
    return verdict;
}

Verdict serve_verdict(double own, double challenger, Metric metric) {
    return {.reason = Verdict::Reason::serves, .margin = margin_of(own, challenger, metric)};
}

}  // namespace ltfb::tournament
