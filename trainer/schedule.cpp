#include "trainer/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::trainer {

namespace {

double cosine_factor(double step, double total_steps, const Hyperparameters& h) {
    if (step < h.warmup_steps) { return 1.0; }
    if (step >= total_steps) { return h.final_factor; }
    const double done = (step - h.warmup_steps) / (total_steps - h.warmup_steps);
    const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    return h.final_factor + (1.0 - h.final_factor) * wave;
}

double kind_factor(const LrSchedule& schedule, double step, const Hyperparameters& h) {
    switch (schedule.kind) {
        case ScheduleKind::constant:
            return 1.0;
        case ScheduleKind::cosine:
            return cosine_factor(step, static_cast<double>(schedule.total_steps), h);
        case ScheduleKind::step:
            if (h.step_every == 0.0) { return 1.0; }
            return std::pow(h.step_factor, std::floor(step / h.step_every));
    }
    return 1.0;
}

}  // namespace

double LrSchedule::factor_at(std::uint64_t step, const Hyperparameters& hyperparameters) const {
    const auto at = static_cast<double>(step);
    const double warm_steps = hyperparameters.warmup_steps;
    const double warm = at < warm_steps ? (at + 1.0) / warm_steps : 1.0;
    // A step schedule that runs long enough would underflow to 0.
    return std::max(warm * kind_factor(*this, at, hyperparameters),
                    std::numeric_limits<double>::min());
}

ScheduleKind parse_schedule_kind(std::string_view text) {
    if (text == "constant") { return ScheduleKind::constant; }
    if (text == "cosine") { return ScheduleKind::cosine; }
    if (text == "step") { return ScheduleKind::step; }
    throw InputError(
        fmt::format("schedule '{}': there is no such kind (one of constant, cosine, step)", text));
}

}  // namespace ltfb::trainer
