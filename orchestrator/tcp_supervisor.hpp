#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/tcp_control.hpp"
#include "orchestrator/trainer_lines.hpp"

namespace ltfb::orchestrator {

/// An MPI job to be run.
struct JobPlan {
    std::vector<std::string> command;
    std::vector<int> ranks_per_trainer;         // [trainers]
    std::vector<std::string> environment = {};  // "NAME=value" each
    // The run's root is this process: once all trainers have begun, the job goes on without one
    // that dies.
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
/// left of its trainer, or of the job, is then ended. Hands signals on to the run's root, the first
/// rank or this process; a second SIGINT ends the job.
class Supervisor : public TrainerLines {
public:
    Supervisor();
    ~Supervisor() override;
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    Supervisor(Supervisor&&) = delete;
    Supervisor& operator=(Supervisor&&) = delete;

    /// Starts a job and waits until it and all of its ranks are gone. The job finds the way back by
    /// environment variables; it dies with this process.
    JobEnd run_job(const JobPlan& plan);

    // Where the run's root is this process, instead: a job is started, served until it is gone, and
    // told to end. Between these the root speaks with its trainers.
    void start_job(const JobPlan& plan);
    /// Serves all until there is news, at most for `time`; false once the job and all of its ranks
    /// are gone.
    bool serve_for(std::chrono::milliseconds time);
    /// Trainers that have died since the last call, and that the job goes on without.
    std::vector<Loss> take_losses();
    /// The ranks are leaving: the job has ended in order, with `exit_code`.
    void expect_end(int exit_code);
    [[nodiscard]] JobEnd end() const;
    void post(int trainer, tournament::Channel channel, std::string text) override;
    std::optional<std::string> poll(int trainer, tournament::Channel channel) override;
    void forget(int trainer) override;
    void accuse(int trainer, double limit_s) override;

    /// The signal that ends the run, if one has come: no job should be started any more.
    [[nodiscard]] int leave_signal() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ltfb::orchestrator
