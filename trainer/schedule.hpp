#pragma once

#include <cstdint>
#include <string_view>

namespace ltfb::trainer {

enum class ScheduleKind { constant, cosine, step };

/// Multiplies the learning rate by a function of the one global step clock, which neither rounds
/// nor adoption restart. Warm-up is linear over the first `warmup_steps` and applies to all kinds.
struct LrSchedule {
    ScheduleKind kind = ScheduleKind::constant;
    std::uint64_t warmup_steps = 0;
    std::uint64_t total_steps = 0;  // cosine: where `final_factor` is reached
    double final_factor = 0.01;     // cosine (Loshchilov and Hutter 2017)
    std::uint64_t step_every = 0;   // step: multiply by `step_factor` each so many steps
    double step_factor = 0.1;

    /// Factor for step `step` (0-based), > 0 and <= 1.
    [[nodiscard]] double factor_at(std::uint64_t step) const;
};

/// Throws InputError naming the value and the kinds there are.
ScheduleKind parse_schedule_kind(std::string_view text);

}  // namespace ltfb::trainer
