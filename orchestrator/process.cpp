#include "orchestrator/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ltfb::orchestrator {

namespace {

[[noreturn]] void become(const std::vector<std::string>& command,
                         const std::vector<std::string>& environment,
                         pid_t parent,
                         int death_signal) {
    ::prctl(PR_SET_PDEATHSIG, death_signal);
    if (::getppid() != parent) { std::_Exit(1); }  // the parent died before the line above
    // Of its own, so that a terminal's interrupt reaches the launching process alone.
    ::setpgid(0, 0);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    // Connections to other processes, which would not see them closed when this one dies.
    ::close_range(3, ~0U, 0);
    for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
        std::signal(signal, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const std::string& entry : environment) { ::putenv(const_cast<char*>(entry.c_str())); }
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
    std::_Exit(2);
}

}  // namespace

pid_t start_process(const std::vector<std::string>& command,
                    const std::vector<std::string>& environment,
                    int death_signal) {
    std::fflush(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    require(child >= 0, "launch: no process can be started");
    if (child == 0) { become(command, environment, parent, death_signal); }
    ::setpgid(child, child);  // here too: it may be signalled before it gets that far
    return child;
}

void ask_to_end(pid_t launcher, std::chrono::steady_clock::duration waited, bool& is_asked) {
    constexpr std::chrono::seconds clearing_time(1);
    if (launcher <= 0 || waited <= clearing_time || is_asked) { return; }
    is_asked = true;
    ::kill(-launcher, SIGTERM);
}

std::string random_token() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

std::string own_places(unsigned short port) {
    std::string text = fmt::format("127.0.0.1:{}", port);
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) { return text; }
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) { continue; }
        sockaddr_in in{};
        std::memcpy(&in, one->ifa_addr, sizeof in);
        std::array<char, INET_ADDRSTRLEN> address{};
        ::inet_ntop(AF_INET, &in.sin_addr, address.data(), address.size());
        if ((ntohl(in.sin_addr.s_addr) >> 24U) != IN_LOOPBACKNET) {
            text += fmt::format(",{}:{}", address.data(), port);
        }
    }
    ::freeifaddrs(all);
    return text;
}

std::string host_name() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

}  // namespace ltfb::orchestrator
