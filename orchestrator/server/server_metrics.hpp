#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/server/server_run_list.hpp"

namespace ltfb::server {

/// What a server has done since it started.
struct ServerCounters {
    std::uint64_t connections = 0;  // open now
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;  // for there being too many connections
    std::uint64_t dropped = 0;  // for being too slow
    std::uint64_t errors = 0;   // of our own
};

/// All runs and the server itself in the text format of Prometheus 0.0.4.
std::string metrics_text(const RunList& runs, const ServerCounters& counters);

}  // namespace ltfb::server
