#include <fmt/core.h>

#include "core/error.hpp"
#include "experiments/log/verbs/selection.hpp"

namespace ltfb::experiments {

namespace {

/// What the tournament of the round did to the model that was trained in it.
std::string fate_of(const RunLog& log, std::size_t row) {
    if (log.rows.from[row] != nobody) {
        return fmt::format("replaced by trainer {}'s", log.rows.from[row]);
    }
    if (!log.rows.has(row, row_has_match)) { return "rested"; }
    return fmt::format("kept against trainer {}'s", log.rows.opponent[row]);
}

void print_explorations(const RunLog& log, TableWriter& out) {
    out.begin_table({.id = "explorations",
                     .title = "Hyperparameters that explore moved",
                     .columns = {{"round", Format::integer},
                                 {"trainer", Format::integer},
                                 {"key"},
                                 {"operator"},
                                 {"old", Format::number},
                                 {"new", Format::number}},
                     .is_detail = true});
    std::int32_t round = 0;
    for (std::size_t i = 0; i < log.explorations.size(); ++i) {
        const Exploration& move = log.explorations[i];
        while (log.round_begin[static_cast<std::size_t>(round) + 1] <= move.row) { ++round; }
        out.row({std::int64_t{round},
                 std::int64_t{log.rows.trainer[move.row]},
                 log.hyperparameters.names()[move.key],
                 log.operators[move.op],
                 move.old_value,
                 move.new_value});
    }
    out.end_table();
}

}  // namespace

void print_schedule(const RunLog& log, const Options& options, TableWriter& out) {
    Options selected = options;
    std::string whose = "every trainer";
    if (!options.all && !options.trainer && !options.survivor) {
        const auto ranks = final_standings(log);
        if (ranks.empty()) { throw InputError(log.name + ": no round is complete (wait for one)"); }
        selected.survivor = ranks[0].trainer;
        whose = fmt::format("the winner, trainer {}, along its lineage", ranks[0].trainer);
    } else if (options.trainer) {
        whose = fmt::format("trainer {}", *options.trainer);
    } else if (options.survivor) {
        whose = fmt::format("trainer {}'s final model, along its lineage", *options.survivor);
    }
    TableSpec spec{.id = "schedule",
                   .title = "Hyperparameters of " + whose,
                   .columns = {{"round", Format::integer},
                               {"trainer", Format::integer},
                               {"step", Format::integer},
                               {"score", Format::number},
                               {"scheduled_lr", Format::number}}};
    append_hyperparameter_columns(log, spec);
    spec.columns.push_back({"fate"});
    out.begin_table(spec);
    std::vector<Cell> cells;
    for_each_row(log, selected, [&](std::int32_t round, std::size_t row) {
        cells.assign({std::int64_t{round},
                      std::int64_t{log.rows.trainer[row]},
                      log.rows.step[row],
                      log.rows.score[row],
                      known(log.rows.lr[row])});
        for (std::size_t key = 0; key < log.hyperparameters.names().size(); ++key) {
            cells.push_back(known(log.hyperparameter(row, key)));
        }
        cells.emplace_back(fate_of(log, row));
        out.row(cells);
    });
    out.end_table();
    print_explorations(log, out);
}

}  // namespace ltfb::experiments
