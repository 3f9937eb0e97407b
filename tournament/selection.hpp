#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tournament/judge.hpp"

namespace ltfb::tournament {

/// Who meets or copies whom.
struct SelectionRule {
    enum class Kind {
        pairwise,               // random pairs, each of which judges for itself (LTFB)
        truncation,             // the worst quantile copies the best (Jaderberg et al. 2017)
        regularized_evolution,  // the oldest copy the best of a sample (Real et al. 2019)
        none,                   // trainers never meet: the K-independent baseline
    };
    Kind kind = Kind::pairwise;
    double quantile =
        0.25;             // share that copies in a round (but at least one trainer); at most half
    int sample_size = 3;  // regularized_evolution: candidates among whom a parent is chosen
    int burn_in_rounds = 0;  // first rounds, in which nobody meets
    int control = -1;        // trainer that never adopts nor explores, though it can be copied
};

/// "pairwise", "truncation", "regularized-evolution" or "none". Throws InputError.
SelectionRule::Kind parse_selection_kind(std::string_view text);
std::string_view to_text(SelectionRule::Kind kind);

/// Throws InputError naming the setting that is out of range for `num_trainers`.
void check_selection(const SelectionRule& rule, int num_trainers);

/// Whether the rule looks at all trainers' scores and ages. Whoever runs the rounds then gathers
/// one score and one age a trainer at the end of a round, to be used in the next: it can travel
/// while that round's steps run, so still nobody waits, but all ranks must pass the same values.
bool is_population_wide(SelectionRule::Kind kind);

/// Where the population stood after the previous round; empty while that is not known (nobody meets
/// then, unless pairwise).
struct Standings {
    std::span<const double> scores;  // by trainer, on its own tournament share
    std::span<const int> ages;       // by trainer: rounds since it took over a model
    Metric metric = Metric::mse;
};

/// A trainer's part in a round's tournament. Nobody has more than one partner: whoever copies or
/// judges has a partner that judges it in turn, or serves it.
struct Meeting {
    enum class Kind {
        rest,   // trains on
        judge,  // scores both models and decides by the win rule
        copy,   // adopts the partner's model as the standings decided
        serve,  // gives its model to the partner and keeps its own
    };
    Kind kind = Kind::rest;
    int partner = -1;

    bool operator==(const Meeting&) const = default;
};

/// The part of `trainer` in `round`. Pure: every rank computes the same for all trainers.
Meeting meeting_of(int trainer,
                   int num_trainers,
                   const SelectionRule& rule,
                   const Standings& standings,
                   int round,
                   std::uint64_t seed);

/// The same where only `players`, in ascending order, still play; `trainer` is one of them.
/// Standings are of all trainers.
Meeting meeting_among(std::span<const int> players,
                      int trainer,
                      const SelectionRule& rule,
                      const Standings& standings,
                      int round,
                      std::uint64_t seed);

}  // namespace ltfb::tournament
