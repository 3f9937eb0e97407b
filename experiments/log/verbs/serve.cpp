#include <csignal>

#include <fmt/core.h>
#include <pthread.h>

#include "experiments/log/verbs/verbs.hpp"
#include "orchestrator/live_server.hpp"

namespace ltfb::experiments {

int serve_runs(const Options& options) {
    sigset_t leaving;
    ::sigemptyset(&leaving);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) { ::sigaddset(&leaving, signal); }
    ::pthread_sigmask(SIG_BLOCK, &leaving, nullptr);

    auto live = orchestrator::live_page();
    server::StatusServer server(
        {.address = server::parse_server_address(options.address, "--address"),
         .paths = options.runs,
         .page = std::move(live.page),
         .report = std::move(live.report)});
    fmt::print("{}Ctrl-C stops it.\n", server.announcement());
    std::fflush(stdout);
    int signal = 0;
    ::sigwait(&leaving, &signal);
    return 0;
}

}  // namespace ltfb::experiments
