#include "experiments/log/verifier.hpp"

#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"
#include "experiments/log/json.hpp"
#include "experiments/log/metric.hpp"

namespace ltfb::experiments {

namespace {

bool is_digest(std::string_view text) noexcept {
    return text.size() == 16 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

void Verifier::add(std::int64_t line, std::string_view rule, std::string what) {
    violations_.push_back({line, std::string(rule), std::move(what)});
}

void Verifier::take(const Event& event, std::int64_t line) {
    line_ = line;
    if (events_++ == 0 && event.kind != EventKind::run_start) {
        fail("start", fmt::format("the first event is {}, not run_start", event.event));
    }
    if (has_ended_ && event.kind != EventKind::resume) {
        fail("end", fmt::format("{} after run_end", event.event));
    }
    if (event.trainer < -1 || (num_trainers_ >= 0 && event.trainer >= num_trainers_)) {
        fail("once", fmt::format("trainer {} of {} trainers", event.trainer, num_trainers_));
        return;
    }
    switch (event.kind) {
        case EventKind::run_start:
            return take_run_start(event);
        case EventKind::eval:
            return event.split == "tournament" ? take_eval(event) : take_final_eval(event);
        case EventKind::tournament:
            return take_match(event);
        case EventKind::adopt:
            return take_adopt(event);
        case EventKind::explore:
            return take_explore(event);
        case EventKind::resume:
            return take_resume(event);
        case EventKind::run_end:
            return take_run_end(event);
        case EventKind::failure:
            if (event.trainer >= 0) { trainers_[event.trainer].is_dead = true; }
            return;
        case EventKind::snapshot:
        case EventKind::signal:
        case EventKind::unknown:
            return;
    }
}

void Verifier::take_run_start(const Event& event) {
    const Json json = parse_json(event.text);
    if (events_ > 1) { return fail("start", "a second run_start"); }
    num_trainers_ = integer_in(json, "trainers", -1);
    const Json& settings = member(json, "settings");
    for (const char* key : {"metric", "win"}) { take_setting(key, member(settings, key)); }
    const auto ranks = static_cast<std::int64_t>(member(json, "ranks_per_trainer").size());
    const Json& hyperparameters = member(json, "hyperparameters");
    if (ranks != num_trainers_) {
        fail("start", fmt::format("{} trainers, but ranks of {}", num_trainers_, ranks));
    }
    if (static_cast<std::int64_t>(hyperparameters.size()) != num_trainers_) {
        return fail(
            "start",
            fmt::format(
                "{} trainers, but hyperparameters of {}", num_trainers_, hyperparameters.size()));
    }
    std::int64_t trainer = 0;
    for (const Json& values : hyperparameters) {
        TrainerState& state = trainers_[trainer];
        state.lineage = trainer++;
        if (!values.is_object()) { continue; }
        for (const auto& [name, value] : values.items()) {
            state.values[name] = number_in(values, name);
        }
    }
}

void Verifier::take_setting(const std::string& key, const Json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    try {
        if (key == "metric" && !text.empty()) { metric_ = tournament::parse_metric(text); }
        if (key == "win" && !text.empty()) { win_rule_ = tournament::parse_win_rule(text); }
        if (key == "trainers" && value.is_number_integer()) {
            num_trainers_ = value.get<std::int64_t>();
        }
    } catch (const InputError& error) { fail("start", error.what()); }
}

void Verifier::check_order(const Event& event) {
    if (event.round > open_round_) {
        close_round();
        if (event.round > open_round_ + 1) {
            fail("order", fmt::format("round {} follows round {}", event.round, open_round_));
        }
        open_round_ = event.round;
        last_trainer_ = -1;
    } else if (event.round < open_round_) {
        fail("order",
             fmt::format(
                 "{} of round {} after round {} began", event.event, event.round, open_round_));
    }
    if (event.trainer < 0) { fail("once", fmt::format("{} without a trainer", event.event)); }
    if (event.trainer < last_trainer_) {
        fail("order",
             fmt::format("trainer {} after trainer {} in round {}",
                         event.trainer,
                         last_trainer_,
                         event.round));
    }
    last_trainer_ = event.trainer;
    if (trainers_[event.trainer].is_dead) {
        fail("once", fmt::format("{} of trainer {}, which was lost", event.event, event.trainer));
    }
}

void Verifier::take_eval(const Event& event) {
    check_order(event);
    TrainerState& state = trainers_[event.trainer];
    if (state.eval_round == event.round) {
        fail("once",
             fmt::format("trainer {}'s second eval of round {}", event.trainer, event.round));
    }
    if (state.lineage >= 0 && state.lineage != event.lineage) {
        fail("lineage",
             fmt::format("trainer {} is of lineage {}, but its adoptions say {}",
                         event.trainer,
                         event.lineage,
                         state.lineage));
    }
    for (const auto& [name, value] : event.hyperparameters) {
        const auto expected = state.values.find(name);
        if (expected != state.values.end() && !is_same(expected->second, value)) {
            fail("hyperparameters",
                 fmt::format("trainer {} trained with {} = {}, but {} was set",
                             event.trainer,
                             name,
                             value,
                             expected->second));
        }
        state.values.insert_or_assign(std::string(name), value);
    }
    state.eval_round = event.round;
    state.eval_score = score_of(event, metric_);
    state.lineage = state.trained_lineage = event.lineage;
    state.trained_values = state.values;
}

void Verifier::take_final_eval(const Event& event) {
    if (event.split == "test") { test_mse_ = event.mse; }
    if (event.split != "tournament-all" || event.trainer < 0) { return; }
    TrainerState& state = trainers_[event.trainer];
    state.final_score = score_of(event, metric_);
    state.has_final_score = true;
}

void Verifier::take_match(const Event& event) {
    check_order(event);
    TrainerState& state = trainers_[event.trainer];
    if (state.match.round == event.round) {
        fail("once",
             fmt::format("trainer {}'s second tournament of round {}", event.trainer, event.round));
    }
    if (state.eval_round != event.round) {
        fail("score",
             fmt::format("trainer {} has no eval in round {}", event.trainer, event.round));
    } else if (!is_same(state.eval_score, event.own_score)) {
        fail("score",
             fmt::format("own_score {} is not the eval's {}", event.own_score, state.eval_score));
    }
    if (event.metric != tournament::to_text(metric_)) {
        fail("score",
             fmt::format(
                 "metric {}, where the run has {}", event.metric, tournament::to_text(metric_)));
    }
    const bool exists =
        event.opponent >= 0 && (num_trainers_ < 0 || event.opponent < num_trainers_);
    if (!exists || event.opponent == event.trainer) {
        fail("opponent", fmt::format("trainer {} meets trainer {}", event.trainer, event.opponent));
    }
    check_verdict(event);
    state.match = {.line = line_,
                   .round = event.round,
                   .opponent = event.opponent,
                   .own = event.own_score,
                   .challenger = event.challenger_score,
                   .own_there = event.own_score_there,
                   .challenger_there = event.challenger_score_there,
                   .adopted = event.adopted,
                   .forfeit = event.forfeit};
}

void Verifier::check_verdict(const Event& event) {
    if (event.forfeit) {
        if (event.adopted) { fail("verdict", "adopted from an opponent that forfeits"); }
        return;
    }
    const tournament::Verdict verdict = judge(event);
    if (!is_same(verdict.margin, event.margin)) {
        fail("margin", fmt::format("{}, but the scores give {}", event.margin, verdict.margin));
    }
    const bool is_reason_right =
        event.reason.empty() || tournament::to_text(verdict.reason) == event.reason;
    if (verdict.adopted() != event.adopted || !is_reason_right) {
        fail("verdict",
             fmt::format("adopted {} ({}) with {} against {}, but the rule says {} ({})",
                         event.adopted,
                         event.reason.empty() ? "no reason given" : event.reason,
                         event.own_score,
                         event.challenger_score,
                         verdict.adopted(),
                         tournament::to_text(verdict.reason)));
    }
    const bool here = is_better(event.own_score, event.challenger_score);
    const bool there = is_better(event.own_score_there, event.challenger_score_there);
    if (event.agreed != (here == there)) {
        fail("agreed",
             fmt::format("{}, but the shares prefer {} and {}",
                         event.agreed,
                         here ? "the own model" : "the challenger",
                         there ? "the own model" : "the challenger"));
    }
}

tournament::Verdict Verifier::judge(const Event& event) const {
    using tournament::Verdict;
    if (event.reason == tournament::to_text(Verdict::Reason::serves)) {
        return tournament::serve_verdict(event.own_score, event.challenger_score, metric_);
    }
    if (event.reason == tournament::to_text(Verdict::Reason::standings)) {
        return tournament::copy_verdict(event.own_score, event.challenger_score, metric_);
    }
    // The sign of t is that of the mean difference, which the log does not repeat.
    return tournament::judge(event.own_score,
                             event.challenger_score,
                             {.samples = 0,
                              .mean_difference = event.t_statistic,
                              .t_statistic = event.t_statistic,
                              .p_value = event.p_value},
                             win_rule_,
                             metric_);
}

void Verifier::take_adopt(const Event& event) {
    check_order(event);
    TrainerState& state = trainers_[event.trainer];
    if (state.adoption.round == event.round) {
        fail("once",
             fmt::format("trainer {}'s second adopt of round {}", event.trainer, event.round));
    }
    if (state.match.round != event.round || !state.match.adopted) {
        fail("adopt",
             fmt::format("trainer {} adopts without a tournament that says so", event.trainer));
    } else if (state.match.opponent != event.from_trainer) {
        fail("adopt",
             fmt::format("trainer {} adopts from {}, but met {}",
                         event.trainer,
                         event.from_trainer,
                         state.match.opponent));
    }
    if (!is_digest(event.digest_sent) || event.digest_sent != event.digest_received) {
        fail("digest",
             fmt::format("sent {}, received {}", event.digest_sent, event.digest_received));
    }
    state.lineage = event.from_lineage;
    state.adoption = {line_, event.round, event.from_trainer, event.from_lineage, {}};
    for (const auto& [name, value] : event.hyperparameters) {
        state.adoption.values.insert_or_assign(std::string(name), value);
    }
    if (!state.adoption.values.empty()) { state.values = state.adoption.values; }
}

void Verifier::take_explore(const Event& event) {
    check_order(event);
    TrainerState& state = trainers_[event.trainer];
    if (state.adoption.round != event.round && event.op != "replay") {
        fail("explore", fmt::format("trainer {} explores without an adoption", event.trainer));
    }
    const auto current = state.values.find(event.key);
    if (current == state.values.end()) {
        if (!state.values.empty()) { fail("explore", fmt::format("unknown key {}", event.key)); }
        return;
    }
    if (!is_same(current->second, event.old_value)) {
        fail("explore",
             fmt::format(
                 "{} moves from {}, but is {}", event.key, event.old_value, current->second));
    }
    if (!is_same(event.new_value, event.live)) {
        fail("explore",
             fmt::format("{} was set to {}, but the trainer runs with {}",
                         event.key,
                         event.new_value,
                         event.live));
    }
    current->second = event.live;
}

void Verifier::take_resume(const Event& event) {
    // What the snapshot held is told by the evals that follow.
    trainers_.clear();
    has_ended_ = false;
    if (event.from_round < -1 || event.from_round > open_round_) {
        fail("order",
             fmt::format("resumes from round {} after round {}", event.from_round, open_round_));
    }
    for (const auto& change : changes_in(parse_json(event.text))) {
        take_setting(change.key, parse_json(change.value));
    }
    open_round_ = event.from_round;
    last_trainer_ = -1;
}

void Verifier::finish() {
    if (events_ == 0) { add(0, "start", "no event"); }
}

}  // namespace ltfb::experiments
