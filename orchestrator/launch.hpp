#pragma once

#include <string>
#include <vector>

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Whether this process was started by an MPI launcher.
bool is_inside_job();

/// Whether this job stands in for one that was lost; it goes on from the newest snapshot.
bool is_restarted_job();

enum class JobKind {
    whole_run,      // ends when a rank dies
    outliving_run,  // goes on then
    one_trainer,    // beside others of its kind
    squeezed_in,    // the same, where none of its own cores are left to it
};

/// The launcher's words for a job of `ranks`: srun inside a Slurm allocation, and otherwise the
/// mpiexec of the MPI we are linked with. This program's own follow. `memory_folder`: for memory
/// that ranks share; empty where none is needed.
std::vector<std::string> launcher_command(const Settings& settings,
                                          const std::string& memory_folder,
                                          int ranks,
                                          JobKind kind);

/// The path of this program.
std::string own_path();

/// Sets in the environment what jobs can't know by themselves: whether there is a terminal, and
/// when to leave.
void hand_on_settings(const Settings& settings);

/// Starts this program again as an MPI job of the size that the settings ask for, by srun inside a
/// Slurm allocation and by the mpiexec of the MPI we are linked with otherwise; watches over it,
/// passes signals on, starts it again where it was lost and the settings say so, and returns its
/// exit code. The job dies with this process.
int launch_job(const Settings& settings, int argc, char** argv);

/// Replaces this process by an MPI job of `ranks` ranks of this program, started in the same way;
/// for programs that nobody needs to watch over. Throws Error where that fails.
[[noreturn]] void become_job(int ranks, int argc, char** argv);

}  // namespace ltfb::orchestrator
