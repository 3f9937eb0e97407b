#pragma once

#include <memory>
#include <optional>

#include "orchestrator/job_start.hpp"
#include "orchestrator/settings.hpp"
#include "orchestrator/tcp_control.hpp"

namespace ltfb::orchestrator {

/// One rank of a job whose root is the orchestrator that has started it: of one trainer (--jobs
/// per-trainer), or of all where those that live go on without one that dies; collective over the
/// job. What the process is to return: the orchestrator hears the exit code, since launchers differ
/// in what they make of one.
int train_in_job(Settings settings, const JobStart& job, ControlLine& line);

/// The line of this process to the orchestrator, opened before MPI is initialised: a rank that dies
/// in there would never be missed. `job`: what it has said of a job whose root it is. None, where
/// this job was started in another way. Throws Error.
std::unique_ptr<ControlLine> open_line(const std::optional<JobStart>& job);

}  // namespace ltfb::orchestrator
