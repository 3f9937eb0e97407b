#pragma once

#include <memory>
#include <string>
#include <vector>

namespace ltfb::orchestrator {

/// An MPI job to be run.
struct JobPlan {
    std::vector<std::string> command;
    std::vector<int> ranks_per_trainer;  // [trainers]
    // The job goes on without a trainer that dies, but not without the first one.
    bool outlives_trainers = false;
    bool needs_end = false;  // its launcher doesn't end by itself once all ranks are gone
};

/// How one MPI job ended.
struct JobEnd {
    int exit_code = 0;
    bool was_told = false;  // the exit code is what its first rank said at an orderly end
    std::string what;       // of a job that didn't end in order
};

/// Runs MPI jobs for a launching process and watches over them: every rank holds a TCP connection
/// (ControlLine), so that a dead one is noticed at once, and a stopped one by its silence. What is
/// left of its trainer, or of the job, is then ended. Hands signals on to the first rank; a second
/// SIGINT ends the job.
class Supervisor {
public:
    Supervisor();
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    Supervisor(Supervisor&&) = delete;
    Supervisor& operator=(Supervisor&&) = delete;

    /// Starts a job and waits until it and all of its ranks are gone. The job finds the way back by
    /// environment variables; it dies with this process.
    JobEnd run_job(const JobPlan& plan);

    /// The signal that ends the run, if one has come: no job should be started any more.
    [[nodiscard]] int leave_signal() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ltfb::orchestrator
