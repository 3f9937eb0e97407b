#include "experiments/log/verbs/selection.hpp"

namespace ltfb::experiments {

namespace {

void print_match(const RunLog& log, std::int32_t round, std::size_t row, TableWriter& out) {
    const TrainerRounds& rows = log.rows;
    out.row({std::int64_t{round},
             std::int64_t{rows.trainer[row]},
             std::int64_t{rows.opponent[row]},
             rows.score[row],
             rows.challenger_score[row],
             rows.own_score_there[row],
             rows.challenger_score_there[row],
             rows.margin[row],
             rows.p_value[row],
             log.reasons[rows.reason[row]],
             rows.has(row, row_adopted),
             rows.has(row, row_agreed),
             rows.has(row, row_forfeit),
             std::int64_t{rows.lineage[row]},
             std::int64_t{rows.lineage_after[row]}});
}

}  // namespace

void print_matches(const RunLog& log, const Options& options, TableWriter& out) {
    out.begin_table({.id = "matches",
                     .title = "Verdicts (scores in " + log.metric_name() + ")",
                     .columns = {{"round", Format::integer},
                                 {"trainer", Format::integer},
                                 {"opponent", Format::integer},
                                 {"own_score", Format::number},
                                 {"challenger_score", Format::number},
                                 {"own_score_there", Format::number},
                                 {"challenger_score_there", Format::number},
                                 {"margin", Format::number},
                                 {"p_value", Format::number},
                                 {"reason"},
                                 {"adopted", Format::flag},
                                 {"agreed", Format::flag},
                                 {"forfeit", Format::flag},
                                 {"lineage", Format::integer},
                                 {"lineage_after", Format::integer}}});
    for_each_row(log, options, [&](std::int32_t round, std::size_t row) {
        if (log.rows.has(row, row_has_match)) { print_match(log, round, row, out); }
    });
    out.end_table();
}

}  // namespace ltfb::experiments
