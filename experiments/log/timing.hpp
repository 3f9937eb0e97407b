#pragma once

#include <cstdint>
#include <vector>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// A trainer whose training takes this many times that of its rounds' median trainers is a
/// straggler.
inline constexpr double straggler_factor = 1.2;

/// Where a trainer's time went, summed over its rounds.
struct TrainerTime {
    std::int32_t trainer = nobody;
    std::int64_t rounds = 0;
    double train_s = 0.0;
    double evaluate_s = 0.0;
    double exchange_s = 0.0;
    double wait_s = 0.0;
    double snapshot_s = 0.0;
    double train_to_median = absent;  // training time, over that of its rounds' median trainers
    bool is_straggler = false;
};

/// By trainer; those without a round are left out.
std::vector<TrainerTime> times_by_trainer(const RunLog& log);

/// Where a round's time went, means over its trainers.
struct RoundTime {
    double train_s = absent;
    double train_max_s = 0.0;
    std::int32_t slowest_trainer = nobody;
    double evaluate_s = absent;
    double exchange_s = absent;
    double wait_s = absent;
    double snapshot_s = absent;
};
RoundTime time_of_round(const RunLog& log, std::int32_t round);

}  // namespace ltfb::experiments
