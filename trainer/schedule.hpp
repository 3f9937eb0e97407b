#pragma once

#include <cstdint>
#include <string_view>

#include "trainer/hyperparameters.hpp"

namespace ltfb::trainer {

enum class ScheduleKind { constant, cosine, step };

/// Multiplies the learning rate by a function of the one global step clock, which neither rounds
/// nor adoption restart. Warm-up, final factor and drops are hyperparameters. Warm-up is linear
/// over the first `warmup_steps` and applies to all kinds.
struct LrSchedule {
    ScheduleKind kind = ScheduleKind::constant;
    // cosine (Loshchilov and Hutter 2017): where `final_factor` is reached
    std::uint64_t total_steps = 0;

    /// Factor for step `step` (0-based), > 0; at most 1 unless a hyperparameter is a factor above.
    [[nodiscard]] double factor_at(std::uint64_t step,
                                   const Hyperparameters& hyperparameters) const;
};

/// Throws InputError naming the value and the kinds there are.
ScheduleKind parse_schedule_kind(std::string_view text);

}  // namespace ltfb::trainer
