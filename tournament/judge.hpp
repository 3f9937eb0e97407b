#pragma once

#include <string>
#include <string_view>

#include "tournament/paired_test.hpp"

namespace ltfb::tournament {

/// What a model's score is. The lowest is best for mse and mae, the highest for r2 and pearson.
enum class Metric { mse, mae, r2, pearson };

/// Throws InputError naming the metrics there are.
Metric parse_metric(std::string_view text);
std::string_view to_text(Metric metric);

/// By how much `challenger` is better than `own`; positive favours the challenger. Infinite where
/// only one of the scores is finite, NaN where neither is.
double margin_of(double own, double challenger, Metric metric);

/// Whether score `a` is strictly better than `b`: any finite score is better than one that isn't,
/// and of two that aren't finite neither is better.
bool is_better(double a, double b, Metric metric);

/// What a challenger's finite score needs beyond being better than a finite own score.
struct WinRule {
    enum class Kind {
        plain,         // nothing
        margin,        // margin > value
        relative,      // margin > value * |own score|
        significance,  // two-sided p < value in the challenger's favour, per-sample losses
    };
    Kind kind = Kind::plain;
    double value = 0.0;

    bool operator==(const WinRule&) const = default;
};

/// "plain", "margin=0.001", "relative=0.01" or "significance=0.05". Throws InputError.
WinRule parse_win_rule(std::string_view text);
/// What `parse_win_rule` reads back as the same rule.
std::string to_text(const WinRule& rule);

struct Verdict {
    enum class Reason {
        better,                 // adopted
        own_not_finite,         // adopted
        not_better,             // kept: worse, or a tie
        not_enough,             // kept: better, but not by what the rule asks for
        challenger_not_finite,  // kept
        neither_finite,         // kept
        standings,              // adopted: the standings of the population decided
        serves,                 // kept: the trainer's part was to give its model only
    };
    Reason reason = Reason::not_better;
    double margin = 0.0;  // as from margin_of

    [[nodiscard]] bool adopted() const noexcept {
        return reason == Reason::better || reason == Reason::own_not_finite ||
               reason == Reason::standings;
    }
};

std::string_view to_text(Verdict::Reason reason);

/// The verdict of a trainer that copies because the standings decided so: it adopts, unless the
/// challenger has not even a finite score by now.
Verdict copy_verdict(double own, double challenger, Metric metric);

/// The verdict of a trainer that only gives its model.
Verdict serve_verdict(double own, double challenger, Metric metric);

/// Whether a trainer replaces its own model by the challenger's, both scored on the trainer's own
/// tournament share; `comparison` is of the per-sample losses there.
Verdict judge(double own,
              double challenger,
              const Comparison& comparison,
              const WinRule& rule,
              Metric metric);

}  // namespace ltfb::tournament
