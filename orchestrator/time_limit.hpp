#pragma once

#include <chrono>
#include <optional>

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// When a job has to be gone, and whether it must start leaving now.
class TimeLimit {
public:
    using Clock = std::chrono::system_clock;

    /// The earlier of --time-limit, counted from `start`, and the end of the Slurm job. A launching
    /// process hands its own start on to the job (LTFB_LEAVE_AT).
    TimeLimit(const Settings& settings, Clock::time_point start);

    /// Notes that a round has been completed.
    void note_round(Clock::time_point now);

    /// Whether two rounds, a snapshot that costs `snapshot_s`, and some slack still fit.
    [[nodiscard]] bool is_up(Clock::time_point now, double snapshot_s) const;

    /// The end as seconds since the epoch, if there is one.
    [[nodiscard]] const std::optional<double>& end_s() const noexcept { return end_s_; }

private:
    double start_s_;
    std::optional<double> end_s_;
    std::optional<double> last_round_s_;
    double longest_round_s_ = 0.0;
};

}  // namespace ltfb::orchestrator
