#include <algorithm>
#include <cmath>
#include <set>

#include "orchestrator/server/server_event_fields.hpp"
#include "orchestrator/server/server_run_state.hpp"

namespace ltfb::server {

namespace {

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json index_or_null(int index) {
    return index < 0 ? Json(nullptr) : Json(index);
}

Json metric_or_null(const Json& metrics, const char* key) {
    return metrics.contains(key) ? to_json_number(number_of(metrics, key)) : Json(nullptr);
}

/// Members of the leader of the standings.
Json best_of(const std::vector<RunState::Rank>& standings) {
    if (standings.empty()) { return {{"best_trainer", nullptr}, {"best_score", nullptr}}; }
    return {{"best_trainer", index_or_null(standings[0].trainer)},
            {"best_score", to_json_number(standings[0].score)}};
}

}  // namespace

Json RunState::identity() const {
    const auto ranks = standings();
    Json json{{"run_id", text_or_null(run_id_)},
              {"trainers", trainer_count_},
              {"round", round_},
              {"rounds", rounds_set_},
              {"metric", metric_}};
    json.update(best_of(ranks));
    json["median_score"] =
        ranks.empty() ? Json(nullptr) : to_json_number(ranks[ranks.size() / 2].score);
    return json;
}

Json RunState::status() const {
    double samples_per_s = 0.0;
    int non_finite = 0;
    Json lost = Json::array();
    for (const auto& [index, trainer] : trainers_) {
        if (trainer.is_lost) { lost.push_back(index); }
        if (trainer.is_lost || trainer.round != round_) { continue; }
        samples_per_s += trainer.samples_per_s;
        non_finite += std::isfinite(trainer.score) ? 0 : 1;
    }
    Json matches = Json::array();
    for (const Match& match : last_matches_) {
        matches.push_back({{"trainer", match.trainer},
                           {"opponent", match.opponent},
                           {"adopted", match.is_adopted},
                           {"margin", to_json_number(match.margin)}});
    }
    Json json = identity();
    json.update({{"reason", has_ended() ? Json(text_of(end_, "reason")) : Json(nullptr)},
                 {"version", text_or_null(version_)},
                 {"started", text_or_null(started_)},
                 {"t_rel_s", t_rel_s_},
                 {"samples_per_s", to_json_number(samples_per_s)},
                 {"samples_trained", samples_trained_},
                 {"adoptions", adoptions_},
                 {"verdicts", verdicts_},
                 {"non_finite", non_finite},
                 {"trainers_lost", lost},
                 {"last_failure", last_failure_},
                 {"last_snapshot", last_snapshot_},
                 {"last_matches", matches}});
    return json;
}

Json RunState::counts() const {
    return {{"version", text_or_null(version_)},
            {"started", text_or_null(started_)},
            {"trainers", trainer_count_},
            {"ranks", ranks_},
            {"rounds", round_ + 1},
            {"verdicts", verdicts_},
            {"adoptions", adoptions_},
            {"agreements", agreements_},
            {"forfeits", forfeits_},
            {"non_finite_scores", non_finite_scores_}};
}

Json RunState::result() const {
    const auto ranks = standings();
    std::set<int> founders;
    for (const auto& [index, trainer] : trainers_) {
        if (trainer.round == round_) { founders.insert(trainer.lineage); }
    }
    const Json test = object_of(end_, "test");
    Json json{{"metric", metric_}};
    json.update(best_of(ranks));
    json.update({{"best_lineage", ranks.empty() ? Json(nullptr) : index_or_null(ranks[0].lineage)},
                 {"test_mse", metric_or_null(test, "mse")},
                 {"test_mae", metric_or_null(test, "mae")},
                 {"test_r2", metric_or_null(test, "r2")},
                 {"test_pearson", metric_or_null(test, "pearson")},
                 {"test_samples", test.empty() ? Json(nullptr) : Json(count_of(test, "samples"))},
                 {"founders_left", founders.size()}});
    return json;
}

Json RunState::standings_table() const {
    std::map<int, Json> final_hyperparameters;
    for (const Json& standing : array_of(end_, "standings")) {
        final_hyperparameters[int_of(standing, "trainer")] = object_of(standing, "hyperparameters");
    }
    Json table = Json::array();
    for (const Rank& rank : standings()) {
        const Trainer* const trainer = find(rank.trainer);
        const auto at_end = final_hyperparameters.find(rank.trainer);
        table.push_back({{"rank", table.size() + 1},
                         {"trainer", rank.trainer},
                         {"score", to_json_number(rank.score)},
                         {"lineage", rank.lineage},
                         {"adoptions", trainer == nullptr ? 0 : trainer->adoptions},
                         {"hyperparameters",
                          at_end != final_hyperparameters.end() ? at_end->second
                          : trainer == nullptr                  ? Json::object()
                                                                : trainer->hyperparameters}});
    }
    return table;
}

}  // namespace ltfb::server
