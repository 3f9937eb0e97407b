#pragma once

#include "experiments/log/lineage.hpp"
#include "experiments/log/options.hpp"
#include "experiments/log/run_log.hpp"
#include "experiments/log/verbs/verbs.hpp"

namespace ltfb::experiments {

/// Calls `f(round, row)` for the rows that --round, --trainer and --survivor select, by round.
template <class F>
void for_each_row(const RunLog& log, const Options& options, F f) {
    if (options.round) { check_round(log, *options.round); }
    if (options.trainer) { check_trainer(log, *options.trainer); }
    const std::int32_t first = options.round.value_or(0);
    const std::int32_t behind = options.round ? first + 1 : log.rounds();
    std::vector<std::int32_t> path;
    if (options.survivor) {
        check_trainer(log, *options.survivor);
        path = ancestors_of(log, *options.survivor, log.rounds() - 1);
    }
    for (std::int32_t round = first; round < behind; ++round) {
        const auto r = static_cast<std::size_t>(round);
        if (options.survivor || options.trainer) {
            const std::size_t row =
                log.row_of(round, options.survivor ? path[r] : *options.trainer);
            if (row != no_row) { f(round, row); }
            continue;
        }
        for (std::size_t row = log.round_begin[r]; row < log.round_begin[r + 1]; ++row) {
            f(round, row);
        }
    }
}

}  // namespace ltfb::experiments
