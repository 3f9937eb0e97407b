#include "experiments/log/report_tables.hpp"

#include <algorithm>
#include <map>

#include "experiments/log/timing.hpp"
#include "experiments/log/wins.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::size_t max_matrix = 24;  // trainers in the win matrix
constexpr std::size_t max_bars = 32;    // trainers with timing bars
constexpr std::size_t max_standings = 32;
constexpr std::size_t max_incidents = 50;

}  // namespace

std::vector<std::int32_t> best_trainers(const RunLog& log,
                                        std::span<const Rank> ranks,
                                        std::size_t most) {
    std::vector<std::int32_t> trainers;
    for (const Rank& rank : ranks) {
        const bool is_known = rank.trainer >= 0 && rank.trainer < log.trainers;
        if (is_known && trainers.size() < most) { trainers.push_back(rank.trainer); }
    }
    return trainers;
}

Json run_facts(const RunLog& log, std::span<const Rank> ranks) {
    std::int64_t verdicts = 0;
    std::int64_t adoptions = 0;
    for (std::size_t row = 0; row < log.rows.size(); ++row) {
        verdicts += log.rows.has(row, row_has_match) ? 1 : 0;
        adoptions += log.rows.has(row, row_adopted) ? 1 : 0;
    }
    const std::int32_t coalesced = coalescence_round(log);
    const std::int32_t last = log.rounds() - 1;
    const double wall_s =
        log.end && std::isfinite(log.end->wall_s) ? log.end->wall_s : log.last_t_rel_s;
    return {{"name", log.name},
            {"run_id", log.run_id},
            {"version", log.version},
            {"started", log.started},
            {"state", log.end ? log.end->reason : ""},
            {"has_ended", log.end.has_value()},
            {"metric", log.metric_name()},
            {"lower_is_better", log.is_better(0.0, 1.0)},
            {"trainers", log.trainers},
            {"survivors", ranks.size()},
            {"rounds", log.rounds()},
            {"verdicts", verdicts},
            {"adoptions", adoptions},
            {"trainers_lost", lost_trainers(log).size()},
            {"founders_left", last < 0 ? Json() : Json(founders_after(log, last).size())},
            {"coalescence_round", coalesced == nobody ? Json() : Json(coalesced)},
            {"wall_s", wall_s},
            {"samples_trained", log.end ? Json(log.end->samples_trained) : Json()},
            {"events", log.events},
            {"problems", log.problems.count()}};
}

Json result_facts(const RunLog& log, std::span<const Rank> ranks) {
    const Scores test = log.end ? log.end->test : Scores{};
    return {{"best_trainer", ranks.empty() ? Json() : Json(ranks[0].trainer)},
            {"best_score", ranks.empty() ? Json() : point(ranks[0].score)},
            {"best_lineage", ranks.empty() ? Json() : Json(ranks[0].lineage)},
            {"test_mse", point(test.mse)},
            {"test_mae", point(test.mae)},
            {"test_r2", point(test.r2)},
            {"test_pearson", point(test.pearson)},
            {"test_samples", test.samples > 0 ? Json(test.samples) : Json()}};
}

Json standing_rows(const RunLog& log, std::span<const Rank> ranks) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < std::min(ranks.size(), max_standings); ++i) {
        const Rank& rank = ranks[i];
        Json values = Json::object();
        const std::size_t row = log.row_of(log.rounds() - 1, rank.trainer);
        const auto& names = log.hyperparameters.names();
        const bool is_final = log.end && i < log.end->standings.size();
        for (std::size_t key = 0; key < names.size(); ++key) {
            const double value = is_final        ? log.end->standings[i].hyperparameters[key]
                                 : row != no_row ? log.hyperparameter(row, key)
                                                 : absent;
            values[names[key]] = point(value);
        }
        rows.push_back({{"rank", i + 1},
                        {"trainer", rank.trainer},
                        {"score", point(rank.score)},
                        {"lineage", rank.lineage},
                        {"hyperparameters", values}});
    }
    return rows;
}

Json win_cells(const RunLog& log, std::span<const Rank> ranks) {
    const auto trainers = best_trainers(log, ranks, max_matrix);
    std::map<std::int32_t, std::size_t> place;
    for (std::size_t i = 0; i < trainers.size(); ++i) { place[trainers[i]] = i; }
    Json cells = Json::array();
    for (const PairWins& pair : wins_by_pair(log)) {
        const auto a = place.find(pair.trainer);
        const auto b = place.find(pair.opponent);
        if (a != place.end() && b != place.end()) {
            cells.push_back({a->second, b->second, pair.won, pair.lost});
        }
    }
    return {{"trainers", trainers}, {"cells", cells}};
}

Json timing_rows(const RunLog& log) {
    auto times = times_by_trainer(log);
    const std::size_t trainers = times.size();
    if (trainers > max_bars) {
        std::stable_sort(
            times.begin(), times.end(), [](const TrainerTime& a, const TrainerTime& b) {
                return a.train_s > b.train_s;
            });
        times.resize(max_bars);
    }
    Json rows = Json::array();
    for (const TrainerTime& time : times) {
        rows.push_back({{"trainer", time.trainer},
                        {"train_s", time.train_s},
                        {"evaluate_s", time.evaluate_s},
                        {"exchange_s", time.exchange_s},
                        {"wait_s", time.wait_s},
                        {"snapshot_s", time.snapshot_s},
                        {"straggler", time.is_straggler}});
    }
    return {{"of", trainers}, {"trainers", rows}};
}

Json parity_cells(const std::optional<Parity>& parity) {
    if (!parity) { return {}; }
    Json cells = Json::array();
    for (const auto& cell : parity->cells) {
        cells.push_back({cell.response, cell.prediction, cell.samples});
    }
    return {{"bins", Parity::bins},
            {"low", parity->low},
            {"high", parity->high},
            {"cells", cells},
            {"r2", point(parity->scores.r2)},
            {"mse", point(parity->scores.mse)},
            {"mae", point(parity->scores.mae)},
            {"pearson", point(parity->scores.pearson)},
            {"samples", parity->scores.samples},
            {"non_finite", parity->non_finite}};
}

/// The latest, without snapshots that went well.
Json incident_rows(const RunLog& log) {
    std::vector<const Incident*> told;
    for (const auto& incident : log.incidents) {
        if (incident.kind != EventKind::snapshot) { told.push_back(&incident); }
    }
    const std::size_t count = told.size();
    if (count > max_incidents) {
        told.erase(told.begin(), told.end() - std::ptrdiff_t{max_incidents});
    }
    Json rows = Json::array();
    for (const Incident* incident : told) {
        rows.push_back({{"t_rel_s", point(incident->t_rel_s)},
                        {"round", incident->round},
                        {"trainer", incident->trainer == nobody ? Json() : Json(incident->trainer)},
                        {"event", std::string(name_of(incident->kind))},
                        {"what", incident->text}});
    }
    return {{"of", count}, {"rows", rows}};
}

Json setting_rows(const RunLog& log) {
    Json rows = Json::array();
    for (const auto& setting : log.settings) { rows.push_back({setting.key, setting.value}); }
    return rows;
}

}  // namespace ltfb::experiments
