#pragma once

#include <string>

#include "orchestrator/server/status_server.hpp"

namespace ltfb::orchestrator {

/// The status server of a running job, on its root: shows the run directory, and turns what clients
/// ask for into the signals that ask for the same.
class LiveServer {
public:
    /// `address` as for --serve. Says on standard error where it listens. Throws InputError.
    LiveServer(const std::string& address, const std::string& run);

    /// Passes on what was asked for since the last call.
    void pass_on_requests();

private:
    server::ControlRequests requests_;
    server::StatusServer server_;
    bool has_stopped_ = false;
};

}  // namespace ltfb::orchestrator
