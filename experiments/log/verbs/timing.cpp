#include "experiments/log/timing.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "experiments/log/verbs/selection.hpp"

namespace ltfb::experiments {

namespace {

void print_trainers(const RunLog& log, const Options& options, TableWriter& out) {
    out.begin_table({.id = "trainers",
                     .title = "Time by trainer (straggler: trains 1.2 times as long as the median)",
                     .columns = {{"trainer", Format::integer},
                                 {"rounds", Format::integer},
                                 {"train_s", Format::seconds},
                                 {"evaluate_s", Format::seconds},
                                 {"exchange_s", Format::seconds},
                                 {"wait_s", Format::seconds},
                                 {"snapshot_s", Format::seconds},
                                 {"train_to_median", Format::number},
                                 {"straggler", Format::flag}}});
    for (const TrainerTime& time : times_by_trainer(log)) {
        if (options.trainer && time.trainer != *options.trainer) { continue; }
        out.row({std::int64_t{time.trainer},
                 time.rounds,
                 time.train_s,
                 time.evaluate_s,
                 time.exchange_s,
                 time.wait_s,
                 time.snapshot_s,
                 known(time.train_to_median),
                 time.is_straggler});
    }
    out.end_table();
}

void print_rounds(const RunLog& log, TableWriter& out) {
    out.begin_table({.id = "rounds",
                     .title = "Time by round (means over trainers)",
                     .columns = {{"round", Format::integer},
                                 {"train_s", Format::seconds},
                                 {"train_max_s", Format::seconds},
                                 {"slowest_trainer", Format::integer},
                                 {"evaluate_s", Format::seconds},
                                 {"exchange_s", Format::seconds},
                                 {"wait_s", Format::seconds},
                                 {"snapshot_s", Format::seconds}}});
    for (std::int32_t round = 0; round < log.rounds(); ++round) {
        const RoundTime time = time_of_round(log, round);
        out.row({std::int64_t{round},
                 known(time.train_s),
                 time.train_max_s,
                 known_index(time.slowest_trainer),
                 known(time.evaluate_s),
                 known(time.exchange_s),
                 known(time.wait_s),
                 known(time.snapshot_s)});
    }
    out.end_table();
}

void print_rows(const RunLog& log, const Options& options, TableWriter& out) {
    out.begin_table({.id = "trainer_rounds",
                     .title = "Time by trainer and round",
                     .columns = {{"round", Format::integer},
                                 {"trainer", Format::integer},
                                 {"train_s", Format::seconds},
                                 {"evaluate_s", Format::seconds},
                                 {"exchange_s", Format::seconds},
                                 {"wait_s", Format::seconds},
                                 {"snapshot_s", Format::seconds}},
                     .is_detail = !options.trainer && !options.round});
    const TrainerRounds& rows = log.rows;
    for_each_row(log, options, [&](std::int32_t round, std::size_t row) {
        out.row({std::int64_t{round},
                 std::int64_t{rows.trainer[row]},
                 known(rows.train_s[row]),
                 known(rows.eval_s[row]),
                 known(rows.exchange_s[row]),
                 known(rows.wait_s[row]),
                 known(rows.snapshot_s[row])});
    });
    out.end_table();
}

}  // namespace

void print_timing(const RunLog& log, const Options& options, TableWriter& out) {
    if (!options.round) { print_trainers(log, options, out); }
    if (!options.trainer && !options.round) { print_rounds(log, out); }
    print_rows(log, options, out);
}

}  // namespace ltfb::experiments
