#include "experiments/log/run_log.hpp"

#include <algorithm>
#include <set>

namespace ltfb::experiments {

std::size_t RunLog::row_of(std::int32_t round, std::int32_t wanted) const noexcept {
    if (round < 0 || round >= rounds() || wanted < 0) { return no_row; }
    const std::size_t begin = round_begin[static_cast<std::size_t>(round)];
    const std::size_t behind = round_begin[static_cast<std::size_t>(round) + 1];
    // All trainers alive and in order: the row is where it must be.
    const std::size_t guess = begin + static_cast<std::size_t>(wanted);
    if (guess < behind && rows.trainer[guess] == wanted) { return guess; }
    std::size_t low = begin;
    std::size_t high = std::min(behind, guess);
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (rows.trainer[middle] < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < behind && rows.trainer[low] == wanted ? low : no_row;
}

double RunLog::hyperparameter(std::size_t row, std::size_t key) const noexcept {
    return hyperparameters.value(rows.hyperparameters[row], key);
}

std::string_view RunLog::setting(std::string_view key) const noexcept {
    const auto found = std::find_if(
        settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; });
    return found == settings.end() ? std::string_view{} : std::string_view{found->value};
}

std::vector<std::int32_t> lost_trainers(const RunLog& log) {
    std::set<std::int32_t> lost;
    for (const auto& incident : log.incidents) {
        if (incident.kind == EventKind::resume) { lost.clear(); }
        if (incident.kind == EventKind::failure && incident.trainer != nobody) {
            lost.insert(incident.trainer);
        }
    }
    return {lost.begin(), lost.end()};
}

}  // namespace ltfb::experiments
