#pragma once

#include <memory>

#include "orchestrator/job_start.hpp"
#include "orchestrator/settings.hpp"
#include "orchestrator/tcp_control.hpp"

namespace ltfb::orchestrator {

/// One rank of the job of one trainer (--jobs per-trainer), which the orchestrator has started;
/// collective over the job. Its exit code.
int train_one(Settings settings, const JobStart& job, ControlLine& line);

/// The line of this process to the orchestrator, opened before MPI is initialised: a rank that dies
/// in there would never be missed. Throws Error.
std::unique_ptr<ControlLine> open_line(const JobStart& job);

}  // namespace ltfb::orchestrator
