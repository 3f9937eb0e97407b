#include "trainer/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::trainer {

namespace {

double cosine_factor(const LrSchedule& schedule, std::uint64_t step) {
    if (step < schedule.warmup_steps) { return 1.0; }
    if (step >= schedule.total_steps) { return schedule.final_factor; }
    const double done = static_cast<double>(step - schedule.warmup_steps) /
                        static_cast<double>(schedule.total_steps - schedule.warmup_steps);
    const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    return schedule.final_factor + (1.0 - schedule.final_factor) * wave;
}

double kind_factor(const LrSchedule& schedule, std::uint64_t step) {
    switch (schedule.kind) {
        case ScheduleKind::constant:
            return 1.0;
        case ScheduleKind::cosine:
            return cosine_factor(schedule, step);
        case ScheduleKind::step:
            if (schedule.step_every == 0) { return 1.0; }
            return std::pow(schedule.step_factor, static_cast<double>(step / schedule.step_every));
    }
    return 1.0;
}

}  // namespace

double LrSchedule::factor_at(std::uint64_t step) const {
    const double warm = step < warmup_steps
                            ? static_cast<double>(step + 1) / static_cast<double>(warmup_steps)
                            : 1.0;
    // A step schedule that runs long enough would underflow to 0.
    return std::max(warm * kind_factor(*this, step), std::numeric_limits<double>::min());
}

ScheduleKind parse_schedule_kind(std::string_view text) {
    if (text == "constant") { return ScheduleKind::constant; }
    if (text == "cosine") { return ScheduleKind::cosine; }
    if (text == "step") { return ScheduleKind::step; }
    throw InputError(
        fmt::format("schedule '{}': there is no such kind (one of constant, cosine, step)", text));
}

}  // namespace ltfb::trainer
