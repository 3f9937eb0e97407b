#pragma once

#include "orchestrator/server/server_access.hpp"
#include "orchestrator/server/server_control.hpp"
#include "orchestrator/server/server_message.hpp"
#include "orchestrator/server/server_metrics.hpp"
#include "orchestrator/server/server_report_maker.hpp"
#include "orchestrator/server/server_run_list.hpp"

namespace ltfb::server {

/// What requests are answered from.
struct Answers {
    const Access& access;
    const RunList& runs;
    const ServerCounters& counters;
    std::shared_ptr<const std::string> page;  // HTML
    ReportMaker* reports = nullptr;
    const Control* control = nullptr;  // of the run that may be controlled, if any
};

/// The answer to any request, without regard to sockets. docs/http-api.md is its specification.
Response respond(const Request& request, const Answers& answers);

}  // namespace ltfb::server
