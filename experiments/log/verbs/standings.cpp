#include "experiments/log/lineage.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

void print_ranks(const RunLog& log,
                 const std::vector<Rank>& ranks,
                 std::int32_t round,
                 const std::vector<Standing>* standings,
                 TableWriter& out) {
    TableSpec spec{.id = "standings",
                   .title = standings != nullptr ? "Final standings"
                                                 : "Standings after round " + std::to_string(round),
                   .columns = {{"rank", Format::integer},
                               {"trainer", Format::integer},
                               {"score", Format::number},
                               {"lineage", Format::integer},
                               {"adoptions", Format::integer}}};
    append_hyperparameter_columns(log, spec);
    if (standings != nullptr) { spec.columns.push_back({"digest"}); }
    std::vector<std::int64_t> adoptions(static_cast<std::size_t>(log.trainers));
    for (std::int32_t r = 0; r <= round; ++r) {
        const auto i = static_cast<std::size_t>(r);
        for (std::size_t row = log.round_begin[i]; row < log.round_begin[i + 1]; ++row) {
            if (log.rows.from[row] != nobody) {
                ++adoptions[static_cast<std::size_t>(log.rows.trainer[row])];
            }
        }
    }
    out.begin_table(spec);
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        const Rank& rank = ranks[i];
        const bool is_known = rank.trainer >= 0 && rank.trainer < log.trainers;
        cells.assign({static_cast<std::int64_t>(i + 1),
                      std::int64_t{rank.trainer},
                      rank.score,
                      std::int64_t{rank.lineage},
                      is_known ? Cell{adoptions[static_cast<std::size_t>(rank.trainer)]} : Cell{}});
        const std::size_t row = log.row_of(round, rank.trainer);
        for (std::size_t key = 0; key < log.hyperparameters.names().size(); ++key) {
            const double value = standings != nullptr ? (*standings)[i].hyperparameters[key]
                                 : row != no_row      ? log.hyperparameter(row, key)
                                                      : absent;
            cells.push_back(known(value));
        }
        if (standings != nullptr) { cells.emplace_back((*standings)[i].digest); }
        out.row(cells);
    }
    out.end_table();
}

}  // namespace

void print_standings(const RunLog& log, const Options& options, TableWriter& out) {
    if (options.round) {
        check_round(log, *options.round);
        print_ranks(log, standings_after(log, *options.round), *options.round, nullptr, out);
        return;
    }
    const bool has_ended = log.end && !log.end->standings.empty();
    print_ranks(log,
                final_standings(log),
                log.rounds() - 1,
                has_ended ? &log.end->standings : nullptr,
                out);
}

}  // namespace ltfb::experiments
