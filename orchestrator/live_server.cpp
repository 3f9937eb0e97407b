#include "orchestrator/live_server.hpp"

#include <csignal>
#include <cstdio>
#include <utility>

#include "orchestrator/signals.hpp"

namespace ltfb::orchestrator {

std::unique_ptr<server::StatusServer> serve_run(const std::string& address,
                                                const std::string& run) {
    server::ServerSettings settings;
    settings.address = server::parse_server_address(address);
    settings.paths = {run};
    settings.control = {.snapshot = [] { note_signal(SIGUSR1); },
                        .stop = [] { note_signal(SIGTERM); }};
    settings.niceness = 10;  // training comes first where cores are short
    auto server = std::make_unique<server::StatusServer>(std::move(settings));
    std::fputs((server->announcement() + "\n").c_str(), stderr);
    return server;
}

}  // namespace ltfb::orchestrator
