#pragma once

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Whether this process was started by an MPI launcher.
bool is_inside_job();

/// Whether this job stands in for one that was lost; it goes on from the newest snapshot.
bool is_restarted_job();

/// Starts this program again as an MPI job of the size that the settings ask for, by srun inside a
/// Slurm allocation and by the mpiexec of the MPI we are linked with otherwise; watches over it,
/// passes signals on, starts it again where it was lost and the settings say so, and returns its
/// exit code. The job dies with this process.
int launch_job(const Settings& settings, int argc, char** argv);

/// Replaces this process by an MPI job of `ranks` ranks of this program, started in the same way;
/// for programs that nobody needs to watch over. Throws Error where that fails.
[[noreturn]] void become_job(int ranks, int argc, char** argv);

}  // namespace ltfb::orchestrator
