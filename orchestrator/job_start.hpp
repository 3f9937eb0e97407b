#pragma once

#include <optional>
#include <string>

namespace ltfb::orchestrator {

/// What the orchestrator tells a job whose root it is when it starts it (LTFB_JOB, JSON).
struct JobStart {
    int trainer = -1;     // whose job it is; -1: that of all
    int incarnation = 0;  // how often the trainer has been started before
    std::string run_id = {};
    double start_s = 0.0;        // of the run, in seconds since the epoch, as its events count
    int snapshot_round = -1;     // -1: the run starts with the first round
    int saved_round = -1;        // the round that the trainer's own state covers at least; -1: none
    std::string engine = {};     // of all trainers, whatever `auto` comes to here
    std::string precision = {};  // likewise
    std::string folder = {};     // for what it may need when it is started again

    /// None where this process is in no such job.
    static std::optional<JobStart> from_environment();
    [[nodiscard]] bool is_of_all() const noexcept { return trainer < 0; }
    /// "LTFB_JOB=..."
    [[nodiscard]] std::string to_environment() const;
};

inline constexpr const char* job_variable = "LTFB_JOB";

}  // namespace ltfb::orchestrator
