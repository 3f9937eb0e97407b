#include "experiments/log/wins.hpp"

#include <algorithm>

namespace ltfb::experiments {

std::vector<PairWins> wins_by_pair(const RunLog& log) {
    const TrainerRounds& rows = log.rows;
    std::vector<PairWins> wins;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::int32_t opponent = rows.opponent[row];
        if (!rows.has(row, row_has_match) || rows.has(row, row_forfeit) || opponent == nobody) {
            continue;
        }
        // By the scores: a verdict may also follow the standings, or ask for more than better.
        const std::int64_t won = log.is_better(rows.score[row], rows.challenger_score[row]) ? 1 : 0;
        const std::int64_t lost =
            log.is_better(rows.challenger_score[row], rows.score[row]) ? 1 : 0;
        wins.push_back({rows.trainer[row], opponent, won, lost});
        wins.push_back({opponent, rows.trainer[row], lost, won});
    }
    std::sort(wins.begin(), wins.end(), [](const PairWins& a, const PairWins& b) {
        return a.trainer != b.trainer ? a.trainer < b.trainer : a.opponent < b.opponent;
    });
    std::size_t kept = 0;
    for (const PairWins& next : wins) {
        const bool is_same = kept > 0 && wins[kept - 1].trainer == next.trainer &&
                             wins[kept - 1].opponent == next.opponent;
        if (is_same) {
            wins[kept - 1].won += next.won;
            wins[kept - 1].lost += next.lost;
        } else {
            wins[kept++] = next;
        }
    }
    wins.resize(kept);
    return wins;
}

}  // namespace ltfb::experiments
