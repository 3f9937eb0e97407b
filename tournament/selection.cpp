#include "tournament/selection.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/rng.hpp"
#include "tournament/pairing.hpp"

namespace ltfb::tournament {

namespace {

using Kind = SelectionRule::Kind;

constexpr std::array<std::string_view, 4> kind_names{
    "pairwise", "truncation", "regularized-evolution", "none"};

/// Apart from the draws of the pairing, which shares the stream.
constexpr std::uint32_t draws_of_selection = 0x5e1ec7;

struct Copy {
    int from = 0;
    int to = 0;
};

std::size_t copies_in_round(double quantile, std::size_t num_trainers) {
    const auto share =
        static_cast<std::size_t>(std::floor(quantile * static_cast<double>(num_trainers)));
    return std::clamp<std::size_t>(share, 1, num_trainers / 2);
}

/// All trainers in random order, so that sorting them stably breaks ties at random.
std::vector<int> shuffled_trainers(std::size_t num_trainers, Rng& rng) {
    std::vector<int> order(num_trainers);
    std::iota(order.begin(), order.end(), 0);
    shuffle(order, rng);
    return order;
}

template <class T>
T of(std::span<const T> values, int trainer) {
    return values[static_cast<std::size_t>(trainer)];
}

/// The i-th worst copies one of the best, drawn without replacement: each of the best is as likely
/// as if it were drawn independently, and nobody has to serve two.
std::vector<Copy> truncate(const SelectionRule& rule, const Standings& standings, Rng& rng) {
    std::vector<int> order = shuffled_trainers(standings.scores.size(), rng);
    std::stable_sort(order.begin(), order.end(), [&standings](int a, int b) {
        return is_better(of(standings.scores, a), of(standings.scores, b), standings.metric);
    });
    const std::size_t count = copies_in_round(rule.quantile, order.size());
    std::vector<int> best(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
    shuffle(best, rng);
    std::vector<Copy> copies;
    for (std::size_t i = 0; i < count; ++i) {
        const int loser = order[order.size() - 1 - i];
        if (loser != rule.control &&
            is_better(
                of(standings.scores, best[i]), of(standings.scores, loser), standings.metric)) {
            copies.push_back({best[i], loser});
        }
    }
    return copies;
}

/// Takes the best of a random sample out of `pool` (the sample is its shuffled start), or -1 where
/// no score of the sample is finite.
int draw_parent(std::vector<int>& pool, int sample_size, const Standings& standings, Rng& rng) {
    shuffle(pool, rng);
    const auto sample_end = pool.begin() + std::min<std::ptrdiff_t>(sample_size, std::ssize(pool));
    const auto parent = std::min_element(pool.begin(), sample_end, [&standings](int a, int b) {
        return is_better(of(standings.scores, a), of(standings.scores, b), standings.metric);
    });
    if (parent == sample_end || !std::isfinite(of(standings.scores, *parent))) { return -1; }
    const int chosen = *parent;
    pool.erase(parent);
    return chosen;
}

std::vector<Copy> replace_oldest(const SelectionRule& rule, const Standings& standings, Rng& rng) {
    std::vector<int> order = shuffled_trainers(standings.scores.size(), rng);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        const bool is_last = a == rule.control;
        return !is_last && (b == rule.control || of(standings.ages, a) > of(standings.ages, b));
    });
    const auto count = static_cast<std::ptrdiff_t>(copies_in_round(rule.quantile, order.size()));
    std::vector<int> pool(order.begin() + count, order.end());
    std::vector<Copy> copies;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        const int parent = draw_parent(pool, rule.sample_size, standings, rng);
        if (parent >= 0) { copies.push_back({parent, order[static_cast<std::size_t>(i)]}); }
    }
    return copies;
}

Meeting part_in(const std::vector<Copy>& copies, int trainer) {
    for (const Copy& copy : copies) {
        if (copy.to == trainer) { return {Meeting::Kind::copy, copy.from}; }
        if (copy.from == trainer) { return {Meeting::Kind::serve, copy.to}; }
    }
    return {};
}

}  // namespace

Kind parse_selection_kind(std::string_view text) {
    const auto* const found = std::find(kind_names.begin(), kind_names.end(), text);
    if (found == kind_names.end()) {
        throw InputError(
            fmt::format("selection '{}': unknown (use {})", text, fmt::join(kind_names, ", ")));
    }
    return static_cast<Kind>(found - kind_names.begin());
}

std::string_view to_text(Kind kind) {
    return kind_names.at(static_cast<std::size_t>(kind));
}

void check_selection(const SelectionRule& rule, int num_trainers) {
    if (!(rule.quantile > 0.0 && rule.quantile <= 0.5)) {
        throw InputError(
            fmt::format("selection quantile {}: not in (0, 0.5] (use 0.25)", rule.quantile));
    }
    if (rule.sample_size < 1) {
        throw InputError(
            fmt::format("selection sample size {}: below 1 (use 3)", rule.sample_size));
    }
    if (rule.burn_in_rounds < 0) {
        throw InputError(fmt::format("burn-in rounds {}: below 0 (use 0)", rule.burn_in_rounds));
    }
    if (rule.control < -1 || rule.control >= num_trainers) {
        throw InputError(fmt::format("control trainer {}: there is none such (use 0 to {})",
                                     rule.control,
                                     num_trainers - 1));
    }
}

bool is_population_wide(Kind kind) {
    return kind == Kind::truncation || kind == Kind::regularized_evolution;
}

Meeting meeting_of(int trainer,
                   int num_trainers,
                   const SelectionRule& rule,
                   const Standings& standings,
                   int round,
                   std::uint64_t seed) {
    if (round < rule.burn_in_rounds || rule.kind == Kind::none || num_trainers < 2) { return {}; }
    if (rule.kind == Kind::pairwise) {
        const auto opponent = opponent_of(trainer, num_trainers, round, seed);
        if (!opponent) { return {}; }
        return {trainer == rule.control ? Meeting::Kind::serve : Meeting::Kind::judge, *opponent};
    }
    if (standings.scores.empty()) { return {}; }
    assert(std::ssize(standings.scores) == num_trainers &&
           std::ssize(standings.ages) == num_trainers);
    Rng rng(seed, Stream::pairing, {static_cast<std::uint32_t>(round), draws_of_selection});
    return part_in(rule.kind == Kind::truncation ? truncate(rule, standings, rng)
                                                 : replace_oldest(rule, standings, rng),
                   trainer);
}

Meeting meeting_among(std::span<const int> players,
                      int trainer,
                      const SelectionRule& rule,
                      const Standings& standings,
                      int round,
                      std::uint64_t seed) {
    // Players are numbered anew, so that each of them comes to be met as often as before.
    const auto number_of = [&](int one) {
        const auto found = std::ranges::find(players, one);
        return found == players.end() ? -1 : static_cast<int>(found - players.begin());
    };
    std::vector<double> scores;
    std::vector<int> ages;
    if (!standings.scores.empty()) {
        for (const int player : players) {
            scores.push_back(of(standings.scores, player));
            ages.push_back(of(standings.ages, player));
        }
    }
    SelectionRule among = rule;
    among.control = number_of(rule.control);
    Meeting meeting = meeting_of(number_of(trainer),
                                 static_cast<int>(players.size()),
                                 among,
                                 {scores, ages, standings.metric},
                                 round,
                                 seed);
    if (meeting.partner >= 0) {
        meeting.partner = players[static_cast<std::size_t>(meeting.partner)];
    }
    return meeting;
}

}  // namespace ltfb::tournament
