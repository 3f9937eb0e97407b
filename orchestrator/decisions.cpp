#include "orchestrator/decisions.hpp"

#include <utility>

#include <fmt/core.h>

namespace ltfb::orchestrator {

Decisions::Decisions(const Settings& settings,
                     const Layout& layout,
                     tournament::Transport& transport,
                     tournament::Match& match,
                     trainer::Trainer& trainer,
                     Explorer& explorer)
    : settings_(settings),
      layout_(layout),
      match_(match),
      trainer_(trainer),
      explorer_(explorer),
      selection_(selection_rule(settings)),
      board_(transport, layout.trainer, layout.trainers()),
      replayed_(settings.replay.empty() ? HyperparameterSchedule()
                                        : winning_schedule(settings.replay)) {}

tournament::Meeting Decisions::meeting_in(int round, std::span<const int> players) {
    tournament::StandingsTable table;
    const bool needs_standings = tournament::is_population_wide(selection_.kind) && round > 0 &&
                                 round >= selection_.burn_in_rounds;
    if (needs_standings) {
        const double limit_s = settings_.deadline_s;
        table = board_.await(
            round - 1,
            [&](int trainer) {
                match_.attend_meanwhile();
                return gone_.contains(trainer) || match_.has_left(trainer, round - 1);
            },
            match_.accuser(),
            layout_.seats,
            {.limit_s = layout_.is_lead() ? limit_s : limit_s * 2.5 + 5.0,
             .what = fmt::format("trainer {} seat {}, round {}: waiting for all trainers' scores",
                                 layout_.trainer,
                                 layout_.seats.rank(),
                                 round)});
    }
    return tournament::meeting_among(
        players,
        layout_.trainer,
        selection_,
        {table.scores, table.ages, tournament::parse_metric(settings_.metric)},
        round,
        settings_.seed);
}

std::vector<Explored> Decisions::explore(int round,
                                         const tournament::Values& values,
                                         const tournament::MatchRecord& record) {
    kept_score_ = record.adoption ? record.challenger_score : record.own_score;
    age_ = record.adoption ? 0 : age_ + 1;
    explorer_.note_round({.round = round,
                          .values = values,
                          .own_score = record.own_score,
                          .kept_score = kept_score_});
    std::vector<Explored> explored;
    auto& hyperparameters = trainer_.hyperparameters();
    for (auto& change : changes_after(round, record)) {
        hyperparameters.set(change.key, change.new_value);
        explored.push_back({.change = std::move(change), .live = 0.0});
    }
    const auto live = hyperparameters.as_map();
    for (Explored& one : explored) { one.live = live.at(one.change.key); }
    return explored;
}

std::vector<tournament::Change> Decisions::changes_after(
    int round, const tournament::MatchRecord& record) const {
    const auto values = trainer_.hyperparameters().as_map();
    if (record.adoption) { return explorer_.explore(round, values); }
    std::vector<tournament::Change> changes;
    const auto next = static_cast<std::size_t>(round) + 1;
    if (next >= replayed_.size()) { return changes; }
    for (const auto& [key, value] : replayed_[next]) {
        if (value == values.at(key)) { continue; }
        changes.push_back({.key = key,
                           .op = tournament::Operator::replay,
                           .old_value = values.at(key),
                           .new_value = value});
    }
    return changes;
}

void Decisions::post_standing(int round) {
    const bool is_needed = tournament::is_population_wide(selection_.kind) &&
                           round + 1 >= selection_.burn_in_rounds && round + 1 < settings_.rounds;
    if (is_needed && layout_.is_lead()) { board_.post(round, kept_score_, age_); }
}

Json Decisions::memory() const {
    return {
        {"explorer", explorer_.memory()}, {"score", to_json_number(kept_score_)}, {"age", age_}};
}

void Decisions::restore(const Json& memory, int round) {
    explorer_.restore(memory.at("explorer"));
    kept_score_ = from_json_number(memory.at("score"));
    age_ = memory.at("age");
    post_standing(round);
}

}  // namespace ltfb::orchestrator
