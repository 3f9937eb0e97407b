#include "core/trial.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace ltfb {

namespace {

constexpr char done_mark = 'd';
constexpr char refused_mark = 'r';

std::uint64_t used_address_space() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// What fails here leaves the child less confined, but no less a child.
void confine(const TrialLimits& limits) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto limit = [](auto resource, rlim_t most) {
        const rlimit both{.rlim_cur = most, .rlim_max = most};
        ::setrlimit(resource, &both);
    };
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, limits.cpu_s);
    limit(RLIMIT_AS, used_address_space() + limits.more_memory_bytes);
    // MPI and sanitizers report a crash at length.
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
        ::signal(signal, SIG_DFL);  // NOLINT(bugprone-signal-handler)
    }
    const Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ::dup2(nowhere.get(), STDERR_FILENO);
    ::dup2(nowhere.get(), STDOUT_FILENO);
}

std::string outcome_of(const std::function<void()>& body) {
    try {
        body();
        return {done_mark};
    } catch (const InputError& error) {
        return refused_mark + std::string(error.what());
    } catch (const std::exception&) { return {}; }
}

void write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(file, text.data(), text.size());
        if (count < 0 && errno != EINTR) { return; }
        if (count > 0) { text.remove_prefix(static_cast<std::size_t>(count)); }
    }
}

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
        const auto count = ::read(file, piece.data(), piece.size());
        if (count < 0 && errno == EINTR) { continue; }
        if (count <= 0) { return text; }
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

Trial try_in_child(const std::function<void()>& body, const TrialLimits& limits) {
    std::array<int, 2> ends{};
    require(::pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe to a child cannot be made");
    const Descriptor from_child(ends[0]);
    Descriptor to_parent(ends[1]);
    const pid_t child = ::fork();
    require(child >= 0, "a child process cannot be made");
    if (child == 0) {
        confine(limits);
        write_all(to_parent.get(), outcome_of(body));
        ::_exit(0);  // no destructors, no buffers: they are the parent's
    }
    to_parent = {};
    const std::string outcome = read_all(from_child.get());
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
    if (outcome.empty()) { return {.end = TrialEnd::died, .message = {}}; }
    if (outcome.front() == done_mark) { return {.end = TrialEnd::done, .message = {}}; }
    return {.end = TrialEnd::refused, .message = outcome.substr(1)};
}

}  // namespace ltfb
