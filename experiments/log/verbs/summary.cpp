#include <algorithm>
#include <cmath>

#include "experiments/log/lineage.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

struct Counts {
    std::int64_t verdicts = 0;
    std::int64_t adoptions = 0;
    std::int64_t agreements = 0;
    std::int64_t forfeits = 0;
    std::int64_t non_finite = 0;
    std::int64_t neither_finite = 0;
    double train_s = 0.0;
    double eval_s = 0.0;
    double exchange_s = 0.0;
    double wait_s = 0.0;
};

Counts count(const TrainerRounds& rows) {
    Counts counts;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::uint8_t flags = rows.flags[row];
        counts.verdicts += (flags & row_has_match) != 0 ? 1 : 0;
        counts.adoptions += (flags & row_adopted) != 0 ? 1 : 0;
        counts.agreements += (flags & row_agreed) != 0 ? 1 : 0;
        counts.forfeits += (flags & row_forfeit) != 0 ? 1 : 0;
        const bool is_lost = !std::isfinite(rows.score[row]);
        const bool is_own_alone = (flags & row_has_match) == 0 || (flags & row_forfeit) != 0;
        counts.non_finite += is_lost ? 1 : 0;
        counts.neither_finite +=
            is_lost && !is_own_alone && !std::isfinite(rows.challenger_score[row]) ? 1 : 0;
        counts.train_s += static_cast<double>(rows.train_s[row]);
        counts.eval_s += static_cast<double>(rows.eval_s[row]);
        counts.exchange_s += static_cast<double>(rows.exchange_s[row]);
        counts.wait_s += static_cast<double>(rows.wait_s[row]);
    }
    return counts;
}

Cell share(std::int64_t part, std::int64_t whole) {
    if (whole == 0) { return {}; }
    return static_cast<double>(part) / static_cast<double>(whole);
}

bool is_snapshot(const Incident& incident) {
    return incident.kind == EventKind::snapshot;
}

std::string state_of(const RunLog& log) {
    if (log.end) { return "ended: " + log.end->reason; }
    return log.has_torn_line ? "cut off (torn last line)" : "running or cut off";
}

void print_run(const RunLog& log, const Counts& counts, TableWriter& out) {
    std::int64_t ranks = 0;
    for (const auto n : log.ranks_per_trainer) { ranks += n; }
    out.begin_table({.id = "summary",
                     .title = "Run",
                     .columns = {{"run_id"},
                                 {"state"},
                                 {"version"},
                                 {"started"},
                                 {"trainers", Format::integer},
                                 {"trainers_lost", Format::integer},
                                 {"ranks", Format::integer},
                                 {"rounds", Format::integer},
                                 {"superseded_rounds", Format::integer},
                                 {"verdicts", Format::integer},
                                 {"adoptions", Format::integer},
                                 {"adoption_rate", Format::percent},
                                 {"agreement_rate", Format::percent},
                                 {"forfeits", Format::integer},
                                 {"non_finite_scores", Format::integer},
                                 {"neither_finite", Format::integer},
                                 {"snapshots", Format::integer},
                                 {"events", Format::integer},
                                 {"log_bytes", Format::bytes},
                                 {"problems", Format::integer}},
                     .is_record = true});
    out.row({log.run_id,
             state_of(log),
             log.version,
             log.started,
             std::int64_t{log.trainers},
             static_cast<std::int64_t>(lost_trainers(log).size()),
             ranks,
             std::int64_t{log.rounds()},
             log.superseded_rounds,
             counts.verdicts,
             counts.adoptions,
             share(counts.adoptions, counts.verdicts),
             share(counts.agreements, counts.verdicts - counts.forfeits),
             counts.forfeits,
             counts.non_finite,
             counts.neither_finite,
             std::count_if(log.incidents.begin(), log.incidents.end(), is_snapshot),
             static_cast<std::int64_t>(log.events),
             static_cast<std::int64_t>(log.bytes),
             static_cast<std::int64_t>(log.problems.count())});
    out.end_table();
}

void print_result(const RunLog& log, TableWriter& out) {
    const auto ranks = final_standings(log);
    const Scores test = log.end ? log.end->test : Scores{};
    const std::int32_t coalesced = coalescence_round(log);
    const std::int32_t last = log.rounds() - 1;
    out.begin_table({.id = "result",
                     .title = "Result",
                     .columns = {{"metric"},
                                 {"best_trainer", Format::integer},
                                 {"best_score", Format::number},
                                 {"best_lineage", Format::integer},
                                 {"test_mse", Format::number},
                                 {"test_mae", Format::number},
                                 {"test_r2", Format::number},
                                 {"test_pearson", Format::number},
                                 {"test_samples", Format::integer},
                                 {"survivors", Format::integer},
                                 {"founders_left", Format::integer},
                                 {"coalescence_round", Format::integer}},
                     .is_record = true});
    out.row({log.metric_name(),
             ranks.empty() ? Cell{} : Cell{std::int64_t{ranks[0].trainer}},
             ranks.empty() ? Cell{} : Cell{ranks[0].score},
             ranks.empty() ? Cell{} : Cell{std::int64_t{ranks[0].lineage}},
             known(test.mse),
             known(test.mae),
             known(test.r2),
             known(test.pearson),
             test.samples > 0 ? Cell{test.samples} : Cell{},
             static_cast<std::int64_t>(ranks.size()),
             last < 0 ? Cell{} : Cell{static_cast<std::int64_t>(founders_after(log, last).size())},
             known_index(coalesced)});
    out.end_table();
}

void print_time(const RunLog& log, const Counts& counts, TableWriter& out) {
    out.begin_table({.id = "time",
                     .title = "Time (train to wait: summed over trainers)",
                     .columns = {{"wall_s", Format::seconds},
                                 {"train_s", Format::seconds},
                                 {"evaluate_s", Format::seconds},
                                 {"exchange_s", Format::seconds},
                                 {"wait_s", Format::seconds},
                                 {"samples_trained", Format::integer}},
                     .is_record = true});
    const double wall_s =
        log.end && std::isfinite(log.end->wall_s) ? log.end->wall_s : log.last_t_rel_s;
    out.row({wall_s,
             counts.train_s,
             counts.eval_s,
             counts.exchange_s,
             counts.wait_s,
             log.end ? Cell{log.end->samples_trained} : Cell{}});
    out.end_table();
}

void print_lists(const RunLog& log, TableWriter& out) {
    out.begin_table({.id = "settings", .title = "Settings", .columns = {{"key"}, {"value"}}});
    for (const auto& setting : log.settings) { out.row({setting.key, setting.value}); }
    out.end_table();
    out.begin_table({.id = "incidents",
                     .title = "Incidents",
                     .columns = {{"t_rel_s", Format::seconds},
                                 {"round", Format::integer},
                                 {"trainer", Format::integer},
                                 {"event"},
                                 {"what"}}});
    for (const auto& incident : log.incidents) {
        if (is_snapshot(incident)) { continue; }
        out.row({incident.t_rel_s,
                 std::int64_t{incident.round},
                 known_index(incident.trainer),
                 std::string(name_of(incident.kind)),
                 incident.text});
    }
    out.end_table();
}

}  // namespace

void print_summary(const RunLog& log, const Options& /*options*/, TableWriter& out) {
    const Counts counts = count(log.rows);
    print_run(log, counts, out);
    print_result(log, out);
    print_time(log, counts, out);
    print_lists(log, out);
}

}  // namespace ltfb::experiments
