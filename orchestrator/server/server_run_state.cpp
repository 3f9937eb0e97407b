#include "orchestrator/server/server_run_state.hpp"

#include <algorithm>
#include <cmath>

#include "orchestrator/server/server_event_fields.hpp"

namespace ltfb::server {

namespace {

constexpr int max_trainers = 1'000'000;
constexpr int max_rounds = 1'000'000'000;
constexpr std::size_t max_shown_matches = 64;

/// The sum of counts; a sum that would overflow stays as it was.
void add(std::int64_t& sum, std::int64_t count) {
    if (sum < (std::int64_t{1} << 62U)) { sum += count; }
}

}  // namespace

bool RunState::take(const Json& event) {
    if (!event.is_object() || int_of(event, "schema") != 1) { return false; }
    const std::string kind = text_of(event, "event");
    if (kind == "run_start") {
        start(event);
    } else if (kind == "eval") {
        evaluate(event);
    } else if (kind == "tournament") {
        judge(event);
    } else if (kind == "adopt") {
        adopt(event);
    } else if (kind == "explore") {
        explore(event);
    } else if (kind == "failure") {
        fail(event);
    } else if (kind == "snapshot") {
        last_snapshot_ = {{"round", int_of(event, "round")}, {"path", text_of(event, "path")}};
    } else if (kind == "resume") {
        resume(event);
    } else if (kind == "run_end") {
        end_ = event;
    } else if (kind != "signal") {
        return false;
    }
    const double t_rel_s = number_of(event, "t_rel_s");
    if (std::isfinite(t_rel_s)) { t_rel_s_ = t_rel_s; }
    if (!has_started()) { run_id_ = text_of(event, "run_id"); }
    return true;
}

void RunState::start(const Json& event) {
    run_id_ = text_of(event, "run_id");
    version_ = text_of(event, "version");
    started_ = text_of(event, "t");
    settings_ = object_of(event, "settings");
    trainer_count_ = count_of(event, "trainers");
    rounds_set_ = count_of(settings_, "rounds");
    const std::string metric = text_of(settings_, "metric");
    if (!metric.empty()) { metric_ = metric; }
    for (const Json& ranks : array_of(event, "ranks_per_trainer")) { add(ranks_, count_in(ranks)); }
}

// The trainer that an event of a round is about; nullptr where it can't be one of this run's.
RunState::Trainer* RunState::play(const Json& event) {
    const int trainer = int_of(event, "trainer");
    const int round = int_of(event, "round");
    if (trainer < 0 || trainer >= max_trainers || round < 0 || round > max_rounds) {
        return nullptr;
    }
    if (round > round_) {
        round_ = round;
        last_matches_.clear();
    }
    Trainer& played = trainers_[trainer];
    played.round = round;
    return &played;
}

void RunState::evaluate(const Json& event) {
    if (text_of(event, "split") != "tournament") { return; }  // the end's stand in run_end
    Trainer* const trainer = play(event);
    if (trainer == nullptr) { return; }
    trainer->score = number_of(event, metric_.c_str());
    trainer->lineage = int_of(event, "lineage");
    trainer->is_lost = false;
    trainer->hyperparameters = object_of(event, "hyperparameters");
    const double samples_per_s = number_of(event, "samples_per_s");
    trainer->samples_per_s = std::isfinite(samples_per_s) ? samples_per_s : 0.0;
    add(samples_trained_, count_of(event, "trained_samples"));
    non_finite_scores_ += std::isfinite(trainer->score) ? 0 : 1;
}

void RunState::judge(const Json& event) {
    Trainer* const trainer = play(event);
    if (trainer == nullptr) { return; }
    const std::string metric = text_of(event, "metric");
    if (!metric.empty()) { metric_ = metric; }
    const bool is_adopted = flag_of(event, "adopted");
    trainer->score = number_of(event, is_adopted ? "challenger_score" : "own_score");
    ++verdicts_;
    agreements_ += flag_of(event, "agreed") ? 1 : 0;
    forfeits_ += flag_of(event, "forfeit") ? 1 : 0;
    adoptions_ += is_adopted ? 1 : 0;
    if (last_matches_.size() < max_shown_matches) {
        last_matches_.push_back({.trainer = int_of(event, "trainer"),
                                 .opponent = int_of(event, "opponent"),
                                 .is_adopted = is_adopted,
                                 .margin = number_of(event, "margin")});
    }
}

void RunState::adopt(const Json& event) {
    Trainer* const trainer = play(event);
    if (trainer == nullptr) { return; }
    trainer->lineage = int_of(event, "from_lineage");
    trainer->hyperparameters = object_of(event, "hyperparameters");
    ++trainer->adoptions;
}

void RunState::explore(const Json& event) {
    constexpr std::size_t max_keys = 1000;
    Trainer* const trainer = play(event);
    const std::string key = text_of(event, "key");
    if (trainer == nullptr || key.empty() || trainer->hyperparameters.size() > max_keys) { return; }
    const auto value = event.find("live");
    if (value != event.end()) { trainer->hyperparameters[key] = *value; }
}

void RunState::fail(const Json& event) {
    const int trainer = int_of(event, "trainer");
    if (trainer >= 0 && trainer < max_trainers) { trainers_[trainer].is_lost = true; }
    last_failure_ = {{"round", int_of(event, "round")},
                     {"trainer", trainer},
                     {"what", text_of(event, "what")},
                     {"message", text_of(event, "message")}};
}

void RunState::resume(const Json& event) {
    end_ = nullptr;
    for (const Json& change : array_of(event, "changes")) {
        if (change.is_string()) { change_setting(change.get<std::string>()); }
    }
    for (auto& [index, trainer] : trainers_) { trainer.is_lost = false; }
}

// `change`: "KEY: OLD -> NEW", the values as JSON.
void RunState::change_setting(const std::string& change) {
    const auto colon = change.find(": ");
    const auto arrow = change.rfind(" -> ");
    if (colon == std::string::npos || arrow == std::string::npos || arrow < colon) { return; }
    const std::string key = change.substr(0, colon);
    Json value = Json::parse(change.substr(arrow + 4), nullptr, false);
    if (value.is_discarded() || !settings_.contains(key)) { return; }
    if (key == "trainers") { trainer_count_ = count_in(value); }
    settings_[key] = std::move(value);
    rounds_set_ = count_of(settings_, "rounds");
}

bool RunState::is_better(double score, double other) const {
    if (!std::isfinite(score)) { return false; }
    if (!std::isfinite(other)) { return true; }
    const bool lower_is_better = metric_ != "r2" && metric_ != "pearson";
    return lower_is_better ? score < other : score > other;
}

const RunState::Trainer* RunState::find(int trainer) const {
    const auto found = trainers_.find(trainer);
    return found == trainers_.end() ? nullptr : &found->second;
}

std::vector<RunState::Rank> RunState::standings() const {
    std::vector<Rank> ranks;
    for (const Json& standing : array_of(end_, "standings")) {
        ranks.push_back({.trainer = int_of(standing, "trainer"),
                         .score = number_of(standing, "score"),
                         .lineage = int_of(standing, "lineage")});
    }
    if (!ranks.empty()) { return ranks; }
    for (const auto& [index, trainer] : trainers_) {
        if (trainer.round != round_ || round_ < 0) { continue; }
        ranks.push_back({.trainer = index, .score = trainer.score, .lineage = trainer.lineage});
    }
    std::ranges::stable_sort(
        ranks, [this](const Rank& a, const Rank& b) { return is_better(a.score, b.score); });
    return ranks;
}

}  // namespace ltfb::server
