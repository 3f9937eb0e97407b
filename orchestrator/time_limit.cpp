#include "orchestrator/time_limit.hpp"

#include <algorithm>
#include <cstdlib>

#include "orchestrator/slurm.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr double most_slack_s = 30.0;
constexpr double slack_share = 0.05;  // of the time that the job has

double seconds_of(TimeLimit::Clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// The number in an environment variable, if there is one.
std::optional<double> environment_number(const char* name) {
    const char* const text = std::getenv(name);
    if (text == nullptr) { return std::nullopt; }
    char* end = nullptr;
    const double value = std::strtod(text, &end);
    return end != text && value > 0.0 ? std::optional(value) : std::nullopt;
}

}  // namespace

TimeLimit::TimeLimit(const Settings& settings, Clock::time_point start)
    : start_s_(seconds_of(start)) {
    const auto end_by = [&](std::optional<double> end) {
        if (end) { end_s_ = std::min(*end, end_s_.value_or(*end)); }
    };
    end_by(environment_number("LTFB_LEAVE_AT"));
    if (end_s_) { return; }
    end_by(slurm_end_s());
    if (settings.time_limit_s > 0.0) { end_by(start_s_ + settings.time_limit_s); }
}

void TimeLimit::note_round(Clock::time_point now) {
    const double now_s = seconds_of(now);
    longest_round_s_ = std::max(longest_round_s_, now_s - last_round_s_.value_or(start_s_));
    last_round_s_ = now_s;
}

bool TimeLimit::is_up(Clock::time_point now, double snapshot_s) const {
    if (!end_s_) { return false; }
    const double slack_s = std::min(most_slack_s, slack_share * (*end_s_ - start_s_));
    return seconds_of(now) + 2.0 * longest_round_s_ + 2.0 * snapshot_s + slack_s >= *end_s_;
}

}  // namespace ltfb::orchestrator
