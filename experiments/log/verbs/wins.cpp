#include "experiments/log/wins.hpp"

#include <map>

#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::int32_t largest_matrix = 40;  // columns that still make sense on a terminal

void print_pairs(const std::vector<PairWins>& wins, bool is_detail, TableWriter& out) {
    out.begin_table({.id = "wins",
                     .title = "How often the trainer's model beat the opponent's, on either share",
                     .columns = {{"trainer", Format::integer},
                                 {"opponent", Format::integer},
                                 {"won", Format::integer},
                                 {"lost", Format::integer}},
                     .is_detail = is_detail});
    for (const auto& pair : wins) {
        out.row({std::int64_t{pair.trainer}, std::int64_t{pair.opponent}, pair.won, pair.lost});
    }
    out.end_table();
}

void print_matrix(const RunLog& log, const std::vector<PairWins>& wins, TableWriter& out) {
    TableSpec spec{.id = "matrix",
                   .title = "Row's model beat column's (verdicts on either share)",
                   .columns = {{"trainer", Format::integer}}};
    for (std::int32_t t = 0; t < log.trainers; ++t) {
        spec.columns.push_back({std::to_string(t), Format::integer});
    }
    out.begin_table(spec);
    auto pair = wins.begin();
    std::vector<Cell> cells;
    for (std::int32_t t = 0; t < log.trainers; ++t) {
        cells.assign(1, std::int64_t{t});
        for (std::int32_t o = 0; o < log.trainers; ++o) {
            const bool met = pair != wins.end() && pair->trainer == t && pair->opponent == o;
            cells.push_back(known_index(met ? (pair++)->won : -1));
        }
        out.row(cells);
    }
    out.end_table();
}

void print_totals(const std::vector<PairWins>& wins, TableWriter& out) {
    out.begin_table({.id = "totals",
                     .title = "Totals",
                     .columns = {{"trainer", Format::integer},
                                 {"won", Format::integer},
                                 {"lost", Format::integer},
                                 {"win_rate", Format::percent}}});
    std::map<std::int32_t, PairWins> totals;
    for (const auto& pair : wins) {
        totals[pair.trainer].won += pair.won;
        totals[pair.trainer].lost += pair.lost;
    }
    for (const auto& [trainer, total] : totals) {
        out.row(
            {std::int64_t{trainer},
             total.won,
             total.lost,
             known(static_cast<double>(total.won) / static_cast<double>(total.won + total.lost))});
    }
    out.end_table();
}

}  // namespace

void print_wins(const RunLog& log, const Options& /*options*/, TableWriter& out) {
    auto wins = wins_by_pair(log);
    // Opponents that no trainer is called by cannot stand in the matrix.
    std::erase_if(wins, [&](const PairWins& pair) {
        return pair.trainer >= log.trainers || pair.opponent >= log.trainers;
    });
    const bool has_matrix = log.trainers <= largest_matrix;
    print_pairs(wins, has_matrix, out);
    if (has_matrix) { print_matrix(log, wins, out); }
    print_totals(wins, out);
}

}  // namespace ltfb::experiments
