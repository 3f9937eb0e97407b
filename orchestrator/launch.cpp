#include "orchestrator/launch.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/fault.hpp"
#include "core/mpi.hpp"
#include "orchestrator/job_memory.hpp"
#include "orchestrator/job_start.hpp"
#include "orchestrator/live_server.hpp"
#include "orchestrator/run_root.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_control.hpp"
#include "orchestrator/tcp_supervisor.hpp"
#include "orchestrator/time_limit.hpp"
#include "orchestrator/training_settings.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr const char* restart_variable = "LTFB_RESTARTS";

bool has_environment(const char* name) {
    return std::getenv(name) != nullptr;
}

bool uses_srun(const std::string& launcher) {
    return launcher == "srun" || (launcher == "auto" && has_environment("SLURM_JOB_ID"));
}

void append_words(std::vector<std::string>& command, const std::string& text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) { command.push_back(word); }
}

bool is_one_trainer(JobKind kind) {
    return kind == JobKind::one_trainer || kind == JobKind::squeezed_in;
}

bool outlives_trainers(const Settings& settings) {
    return settings.on_trainer_loss != "restart";
}

// The process manager of MPICH ends all ranks when one goes without MPI_Finalize, which it sees by
// a closed socket. A shell between them keeps it open for as long as the manager lives.
constexpr const char* wrapper = R"("$@"; while kill -0 $PPID 2>/dev/null; do sleep 0.2; done)";

bool hides_deaths(const Settings& settings) {
    return settings.jobs == "one" && outlives_trainers(settings) && !mpi::is_open_mpi() &&
           !uses_srun(settings.launcher);
}

}  // namespace

std::string own_path() {
    std::array<char, 4096> self{};
    const auto length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
    require(length > 0, "launch: this program's own path cannot be read");
    return self.data();
}

std::vector<std::string> launcher_command(const Settings& settings,
                                          const std::string& memory_folder,
                                          int ranks,
                                          JobKind kind) {
    std::vector<std::string> command;
    if (uses_srun(settings.launcher)) {
        append_words(command, mpi::is_open_mpi() ? "srun --mpi=pmix" : "srun --mpi=pmi2");
        append_words(command, fmt::format("--ntasks {}", ranks));
        // As below, where an allocation has fewer cores than ranks.
        ::setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
        if (is_one_trainer(kind)) {
            append_words(command, "-K1 --distribution=pack");
            command.emplace_back(kind == JobKind::squeezed_in ? "--overlap" : "--exact");
            // On as few nodes as it fits: by default a step spreads over all of the allocation's.
            if (const char* const nodes = std::getenv("SLURM_NNODES")) {
                append_words(command, fmt::format("--nodes=1-{}", nodes));
            }
        }
        if (kind == JobKind::outliving_run) {
            append_words(command, "--no-kill --kill-on-bad-exit=0");
        }
    } else {
        command = {LTFB_MPIEXEC, "-n", std::to_string(ranks)};
        if (mpi::is_open_mpi()) {
            // More ranks than cores is normal on a workstation: waiting ranks must yield.
            append_words(command, "--quiet --oversubscribe --bind-to none");
            append_words(command, "--mca mpi_yield_when_idle 1");
            if (kind == JobKind::outliving_run) { command.emplace_back("--enable-recovery"); }
            // Further arguments may name other hosts, where that folder isn't.
            if (!memory_folder.empty() && settings.launcher_args.empty()) {
                append_words(command, "--mca btl_vader_backing_directory " + memory_folder);
            }
            // Ranks on other hosts get nothing else of this process's environment.
            const bool has_job = kind != JobKind::whole_run;  // set for the launcher alone
            for (const char* name : {control_variable,
                                     job_variable,
                                     restart_variable,
                                     token_variable,
                                     "LTFB_PROGRESS",
                                     "LTFB_LEAVE_AT"}) {
                const bool is_set = has_job && (name == control_variable || name == job_variable);
                if (is_set || has_environment(name)) {
                    append_words(command, fmt::format("-x {}", name));
                }
            }
            if (::geteuid() == 0) { command.emplace_back("--allow-run-as-root"); }
        } else if (kind == JobKind::outliving_run) {
            command.emplace_back("-disable-auto-cleanup");
            // UCX would end a process whose neighbour in memory vanishes.
            ::setenv("UCX_TLS", "^cma", 0);
        }
    }
    append_words(command, settings.launcher_args);
    if (hides_deaths(settings)) { command.insert(command.end(), {"/bin/sh", "-c", wrapper, "sh"}); }
    return command;
}

void hand_on_settings(const Settings& settings) {
    if (settings.progress == "auto") {
        // Behind a launcher no rank sees the terminal.
        ::setenv("LTFB_PROGRESS", ::isatty(STDOUT_FILENO) != 0 ? "terminal" : "lines", 1);
    }
    if (!settings.serve.empty()) { hand_on_token(); }
    const TimeLimit limit(settings, TimeLimit::Clock::now());
    if (limit.end_s()) {
        ::setenv("LTFB_LEAVE_AT", fmt::format("{:.3f}", *limit.end_s()).c_str(), 1);
    }
}

namespace {

bool is_worth_a_restart(const JobEnd& end) {
    constexpr int usage = 2;
    return !end.was_told && end.exit_code != usage && !end.what.empty();
}

/// Starts this program again, with the same arguments.
std::vector<std::string> job_command(const Settings& settings,
                                     const std::string& memory_folder,
                                     int ranks,
                                     const std::vector<std::string>& arguments) {
    auto command =
        launcher_command(settings,
                         memory_folder,
                         ranks,
                         outlives_trainers(settings) ? JobKind::outliving_run : JobKind::whole_run);
    command.push_back(own_path());
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

}  // namespace

bool is_inside_job() {
    return has_environment("OMPI_COMM_WORLD_SIZE") || has_environment("PMI_SIZE") ||
           has_environment("PMI_RANK") || has_environment("PMIX_RANK");
}

namespace {

/// How one job for all trainers ended, and the exit code where that is the run's end too.
struct Attempt {
    JobEnd end = {};
    std::optional<int> exit_code = {};
};

/// Runs a job whose root is this process.
Attempt conduct_job(const Settings& settings, Supervisor& supervisor, JobPlan plan) {
    RunRoot root(settings);
    plan.environment = {root.job_start().to_environment()};
    supervisor.start_job(plan);
    constexpr std::chrono::milliseconds turn(20);
    for (bool goes_on = true; goes_on;) {
        goes_on = supervisor.serve_for(turn);
        root.take_turn(supervisor);
        for (const Loss& loss : supervisor.take_losses()) { root.lose(supervisor, loss); }
        if (root.exit_code()) { supervisor.expect_end(*root.exit_code()); }
    }
    root.finish();
    return {.end = supervisor.end(), .exit_code = root.exit_code()};
}

/// Every further job goes on where the one before was lost.
Settings settings_of_restart(const Settings& settings) {
    Settings again = settings;
    again.resume = "auto";
    again.force = false;
    return again;
}

}  // namespace

int launch_job(const Settings& settings, int argc, char** argv) {
    hand_on_settings(settings);
    const JobMemory memory;
    Supervisor supervisor;
    for (int restarts = 0;; ++restarts) {
        const auto layout = layout_of(settings);
        const JobPlan plan{.command = job_command(settings,
                                                  memory.path(),
                                                  std::accumulate(layout.begin(), layout.end(), 0),
                                                  {argv + 1, argv + argc}),
                           .ranks_per_trainer = layout,
                           .outlives_trainers = outlives_trainers(settings),
                           .needs_end = hides_deaths(settings)};
        Attempt attempt;
        if (plan.outlives_trainers) {
            Settings own = restarts == 0 ? settings : settings_of_restart(settings);
            settle_arithmetic(own);
            attempt = conduct_job(own, supervisor, plan);
        } else {
            attempt.end = supervisor.run_job(plan);
        }
        if (attempt.exit_code) { return *attempt.exit_code; }
        const JobEnd& end = attempt.end;
        if (const int signal = supervisor.leave_signal(); signal != 0 && !end.was_told) {
            return exit_code_of(signal);
        }
        if (!is_worth_a_restart(end)) { return end.exit_code; }
        const bool goes_on = settings.on_trainer_loss != "stop" && restarts < settings.max_restarts;
        std::fputs(fmt::format("ltfb-run: the job was lost: {} ({})\n",
                               end.what,
                               goes_on ? "starting it again from its newest snapshot"
                                       : "go on with --resume auto")
                       .c_str(),
                   stderr);
        // A lost job is a failure, whatever its launcher made of it (Open MPI's may crash).
        if (!goes_on) { return end.exit_code == exit_code_of(SIGTERM) ? end.exit_code : 1; }
        ::setenv(restart_variable, std::to_string(restarts + 1).c_str(), 1);
        fault::disarm();
    }
}

void become_job(int ranks, int argc, char** argv) {
    Settings settings;
    std::vector<std::string> command = job_command(settings, "", ranks, {argv + 1, argv + argc});
    std::vector<char*> words;
    for (std::string& word : command) { words.push_back(word.data()); }
    words.push_back(nullptr);
    ::execvp(words.front(), words.data());
    throw Error(fmt::format("{}: {} (install it, or start this program by an MPI launcher)",
                            words.front(),
                            std::strerror(errno)));
}

bool is_restarted_job() {
    return has_environment(restart_variable);
}

}  // namespace ltfb::orchestrator
