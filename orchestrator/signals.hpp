#pragma once

namespace ltfb::orchestrator {

/// What the user or the batch system asks of a running job, from outside of its control flow.
/// SIGUSR1: a snapshot. SIGTERM, SIGUSR2 (which mpiexec hands on where it would die of SIGTERM) and
/// the first SIGINT: a snapshot, then leave. The second SIGINT ends this process at once.
void install_signal_handlers();

/// As if this process had received `signal`. Callable from any thread.
void note_signal(int signal);

/// Whether a snapshot was asked for since the last call.
bool take_snapshot_signal();

/// The signal by which to leave, once; 0: none.
int take_leave_signal();

/// "SIGTERM" and so on.
const char* signal_name(int signal);

/// The exit code of a run that was left by `signal` after a snapshot.
int exit_code_of(int signal);

}  // namespace ltfb::orchestrator
