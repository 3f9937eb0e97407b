#include "orchestrator/launch.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/mpi.hpp"

namespace ltfb::orchestrator {

namespace {

volatile std::sig_atomic_t child_pid = 0;

void pass_on(int signal) {
    if (child_pid > 0) { ::kill(static_cast<pid_t>(child_pid), signal); }
}

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

std::vector<std::string> launcher_command(const Settings& settings) {
    const auto layout = layout_of(settings);
    const auto ranks = std::to_string(std::accumulate(layout.begin(), layout.end(), 0));
    std::vector<std::string> command;
    if (uses_srun(settings.launcher)) {
        append_words(command, mpi::is_open_mpi() ? "srun --mpi=pmix" : "srun --mpi=pmi2");
        append_words(command, "--ntasks " + ranks);
    } else {
        command = {LTFB_MPIEXEC, "-n", ranks};
        if (mpi::is_open_mpi()) {
            // More ranks than cores is normal on a workstation: waiting ranks must yield.
            append_words(command, "--quiet --oversubscribe --bind-to none");
            append_words(command, "--mca mpi_yield_when_idle 1");
            if (::geteuid() == 0) { command.emplace_back("--allow-run-as-root"); }
        }
    }
    append_words(command, settings.launcher_args);
    return command;
}

[[noreturn]] void become(const std::vector<std::string>& command, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) { std::_Exit(1); }  // the parent died before the line above
    std::vector<char*> arguments;
    for (const std::string& word : command) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    std::fputs(fmt::format("ltfb-run: {}: {} (install it, or use --launcher)\n",
                           command.front(),
                           std::strerror(errno))
                   .c_str(),
               stderr);
    std::_Exit(1);
}

}  // namespace

bool is_inside_job() {
    return has_environment("OMPI_COMM_WORLD_SIZE") || has_environment("PMI_SIZE") ||
           has_environment("PMI_RANK") || has_environment("PMIX_RANK");
}

int launch_job(const Settings& settings, int argc, char** argv) {
    std::vector<std::string> command = launcher_command(settings);
    std::array<char, 4096> self{};
    const auto length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
    require(length > 0, "launch: this program's own path cannot be read");
    command.emplace_back(self.data());
    command.insert(command.end(), argv + 1, argv + argc);
    if (settings.progress == "auto") {
        // Behind a launcher no rank sees the terminal.
        ::setenv("LTFB_PROGRESS", ::isatty(STDOUT_FILENO) != 0 ? "terminal" : "lines", 1);
    }
    std::fflush(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    require(child >= 0, "launch: no process can be started");
    if (child == 0) { become(command, parent); }
    child_pid = child;
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) { std::signal(signal, pass_on); }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        require(errno == EINTR, "launch: waiting for the job failed");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace ltfb::orchestrator
