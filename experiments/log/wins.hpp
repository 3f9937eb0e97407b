#pragma once

#include <cstdint>
#include <vector>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// How often the model of `trainer` beat that of `opponent`, on either one's share, over all their
/// matches. Forfeits and ties do not count.
struct PairWins {
    std::int32_t trainer = nobody;
    std::int32_t opponent = nobody;
    std::int64_t won = 0;
    std::int64_t lost = 0;
};

/// By trainer, then opponent; only pairs that met. Each pair stands twice, once from each side.
std::vector<PairWins> wins_by_pair(const RunLog& log);

}  // namespace ltfb::experiments
