#pragma once

#include <functional>
#include <memory>
#include <string>

#include "orchestrator/server/status_server.hpp"

namespace ltfb::orchestrator {

/// How a status server shows runs.
struct LivePage {
    std::string page;  // HTML of `/`
    /// What the page shows of the log at a path, JSON; see ServerSettings.
    std::function<std::string(const std::string& log_path)> report;
};

/// The page of ltfb-log report, moving. Defined by whoever reads logs, in experiments: a program
/// that serves it links ltfb_experiments.
LivePage live_page();

/// The environment variable that holds the token of the status server, so that a job that was lost
/// and started again keeps it.
inline constexpr const char* token_variable = "LTFB_SERVE_TOKEN";

/// Draws the token of all jobs that this process launches, unless the user chose one. Throws
/// InputError where a chosen one is too easy to guess.
void hand_on_token();

/// Starts the status server of a running job: it shows the run directory, and turns what clients
/// ask for into the signals that ask for the same. `address` as for --serve. Says on standard
/// error where it listens. Throws InputError where the address can't be had.
std::unique_ptr<server::StatusServer> serve_run(const std::string& address,
                                                const std::string& run,
                                                LivePage page);

}  // namespace ltfb::orchestrator
