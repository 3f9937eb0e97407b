#include "experiments/log/verbs/selection.hpp"

namespace ltfb::experiments {

void print_curves(const RunLog& log, const Options& options, TableWriter& out) {
    out.begin_table(
        {.id = "curves",
         .title = "Scores on each trainer's own tournament share, before the tournament",
         .columns = {{"round", Format::integer},
                     {"trainer", Format::integer},
                     {"step", Format::integer},
                     {"train_loss", Format::number},
                     {"mse", Format::number},
                     {"mae", Format::number},
                     {"r2", Format::number},
                     {"pearson", Format::number},
                     {"held_score", Format::number},
                     {"adopted_from", Format::integer},
                     {"samples_per_s", Format::number}}});
    const TrainerRounds& rows = log.rows;
    for_each_row(log, options, [&](std::int32_t round, std::size_t row) {
        out.row({std::int64_t{round},
                 std::int64_t{rows.trainer[row]},
                 rows.step[row],
                 rows.train_loss[row],
                 rows.mse[row],
                 rows.mae[row],
                 rows.r2[row],
                 rows.pearson[row],
                 rows.held_score[row],
                 known_index(rows.from[row]),
                 known(rows.samples_per_s[row])});
    });
    out.end_table();
}

}  // namespace ltfb::experiments
