#pragma once

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Whether this process was started by an MPI launcher.
bool is_inside_job();

/// Starts this program again as an MPI job of the size that the settings ask for, by srun inside a
/// Slurm allocation and by the mpiexec of the MPI we are linked with otherwise; waits for it,
/// passes signals on, and returns its exit code. The job dies with this process.
int launch_job(const Settings& settings, int argc, char** argv);

}  // namespace ltfb::orchestrator
