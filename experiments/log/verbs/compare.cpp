#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include "experiments/log/diversity.hpp"
#include "experiments/log/lineage.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

/// What of a run is compared; the rest of its log is not kept.
struct Compared {
    std::string name;
    RunLog log;                       // without its rows
    std::vector<double> best_scores;  // held after each round
    std::vector<Cell> cells;
};

double best_after(const RunLog& log, std::int32_t round) {
    const auto ranks = standings_after(log, round);
    return ranks.empty() ? absent : ranks[0].score;
}

std::vector<ColumnSpec> compared_columns() {
    return {{"run"},
            {"state"},
            {"trainers", Format::integer},
            {"rounds", Format::integer},
            {"metric"},
            {"best_trainer", Format::integer},
            {"best_score", Format::number},
            {"test_r2", Format::number},
            {"test_mse", Format::number},
            {"wall_s", Format::seconds},
            {"samples_trained", Format::integer},
            {"adoptions", Format::integer},
            {"founders_left", Format::integer},
            {"coalescence_round", Format::integer}};
}

std::vector<Cell> compared_cells(const std::string& name, const RunLog& log) {
    const auto ranks = final_standings(log);
    std::int64_t adoptions = 0;
    for (std::size_t row = 0; row < log.rows.size(); ++row) {
        adoptions += log.rows.has(row, row_adopted) ? 1 : 0;
    }
    const std::int32_t last = log.rounds() - 1;
    const auto founders =
        last < 0 ? std::int64_t{-1} : std::int64_t(founders_after(log, last).size());
    return {name,
            log.end ? log.end->reason : std::string("not ended"),
            std::int64_t{log.trainers},
            std::int64_t{log.rounds()},
            log.metric_name(),
            known_index(ranks.empty() ? nobody : ranks[0].trainer),
            known(ranks.empty() ? absent : ranks[0].score),
            known(log.end ? log.end->test.r2 : absent),
            known(log.end ? log.end->test.mse : absent),
            log.end && std::isfinite(log.end->wall_s) ? log.end->wall_s : log.last_t_rel_s,
            known_index(log.end ? log.end->samples_trained : -1),
            adoptions,
            known_index(founders),
            known_index(coalescence_round(log))};
}

Compared read_compared(const std::string& run, const Options& options) {
    Compared compared;
    compared.log = load_run(run, Detail::matches, options);
    compared.name = run;
    for (std::int32_t round = 0; round < compared.log.rounds(); ++round) {
        compared.best_scores.push_back(best_after(compared.log, round));
    }
    compared.cells = compared_cells(run, compared.log);
    compared.log.rows = {};
    return compared;
}

/// Settings in which not all runs agree, one column a run.
void compare_settings(const std::vector<Compared>& runs, TableWriter& out) {
    TableSpec spec{.id = "settings", .title = "Settings that differ", .columns = {{"key"}}};
    std::set<std::string> keys;
    for (const auto& run : runs) {
        spec.columns.push_back({run.name});
        for (const auto& setting : run.log.settings) { keys.insert(setting.key); }
    }
    out.begin_table(spec);
    std::vector<Cell> cells;
    for (const auto& key : keys) {
        const auto first = runs[0].log.setting(key);
        const bool all_agree = std::all_of(runs.begin(), runs.end(), [&](const Compared& run) {
            return run.log.setting(key) == first;
        });
        if (all_agree) { continue; }
        cells.assign(1, key);
        for (const auto& run : runs) { cells.emplace_back(std::string(run.log.setting(key))); }
        out.row(cells);
    }
    out.end_table();
}

/// The best score held after each round, one column a run.
void compare_curves(const std::vector<Compared>& runs, TableWriter& out) {
    TableSpec spec{.id = "curves",
                   .title = "Best score held after each round",
                   .columns = {{"round", Format::integer}},
                   .is_detail = true};
    std::size_t rounds = 0;
    for (const auto& run : runs) {
        spec.columns.push_back({run.name, Format::number});
        rounds = std::max(rounds, run.best_scores.size());
    }
    out.begin_table(spec);
    std::vector<Cell> cells;
    for (std::size_t round = 0; round < rounds; ++round) {
        cells.assign(1, static_cast<std::int64_t>(round));
        for (const auto& run : runs) {
            cells.push_back(
                known(round < run.best_scores.size() ? run.best_scores[round] : absent));
        }
        out.row(cells);
    }
    out.end_table();
}

}  // namespace

int compare_runs(const Options& options) {
    std::vector<Compared> runs;
    for (const auto& run : options.runs) { runs.push_back(read_compared(run, options)); }
    OutputStyle style = options.style;
    style.has_many_runs = false;  // each table holds all runs
    const auto out = make_table_writer(std::cout, style, options.verb);
    std::string ids;
    for (const auto& run : runs) { ids += (ids.empty() ? "" : " ") + run.log.run_id; }
    out->begin_run("all", ids);
    out->begin_table({.id = "runs", .title = "Runs", .columns = compared_columns()});
    for (const auto& run : runs) { out->row(run.cells); }
    out->end_table();
    compare_settings(runs, *out);
    compare_curves(runs, *out);
    out->finish();
    return 0;
}

}  // namespace ltfb::experiments
