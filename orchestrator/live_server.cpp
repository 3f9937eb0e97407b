#include "orchestrator/live_server.hpp"

#include <csignal>
#include <cstdio>
#include <utility>

#include "orchestrator/signals.hpp"

namespace ltfb::orchestrator {

namespace {

// Training comes first where cores are short.
constexpr int niceness = 10;

}  // namespace

LiveServer::LiveServer(const std::string& address, const std::string& run)
    : server_({.address = server::parse_server_address(address),
               .paths = {run},
               .control = &requests_,
               .niceness = niceness}) {
    std::fputs((server_.announcement() + "\n").c_str(), stderr);
}

void LiveServer::pass_on_requests() {
    if (requests_.take_snapshot_request()) { note_signal(SIGUSR1); }
    if (requests_.is_stop_requested() && !std::exchange(has_stopped_, true)) {
        note_signal(SIGTERM);
    }
}

}  // namespace ltfb::orchestrator
