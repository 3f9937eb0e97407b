#pragma once

#include <memory>
#include <string>

#include "orchestrator/server/status_server.hpp"

namespace ltfb::orchestrator {

/// Starts the status server of a running job: it shows the run directory, and turns what clients
/// ask for into the signals that ask for the same. `address` as for --serve. Says on standard
/// error where it listens. Throws InputError where the address can't be had.
std::unique_ptr<server::StatusServer> serve_run(const std::string& address, const std::string& run);

}  // namespace ltfb::orchestrator
