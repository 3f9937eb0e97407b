#pragma once

#include <memory>
#include <string>
#include <vector>

namespace ltfb::orchestrator {

/// How one MPI job ended.
struct JobEnd {
    int exit_code = 0;
    bool was_told = false;  // the exit code is what its first rank said at an orderly end
    std::string what;       // of a job that didn't end in order
};

/// Runs MPI jobs for a launching process and watches over them: every rank holds a TCP connection
/// (ControlLine), so that a dead one is noticed at once, and a stopped one by its silence. Hands
/// signals on to the first rank; a second SIGINT ends the job.
class Supervisor {
public:
    Supervisor();
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    Supervisor(Supervisor&&) = delete;
    Supervisor& operator=(Supervisor&&) = delete;

    /// Starts `command` and waits until it and all of its ranks are gone. The job finds the way
    /// back by environment variables; it dies with this process.
    JobEnd run_job(const std::vector<std::string>& command);

    /// The signal that ends the run, if one has come: no job should be started any more.
    [[nodiscard]] int leave_signal() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ltfb::orchestrator
