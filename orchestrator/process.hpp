#pragma once

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include <sys/types.h>

namespace ltfb::orchestrator {

/// Starts `command` as the leader of a process group of its own, with `environment` ("NAME=value"
/// each) added to this process's. It gets `death_signal` when this process dies. Throws Error.
pid_t start_process(const std::vector<std::string>& command,
                    const std::vector<std::string>& environment = {},
                    int death_signal = SIGTERM);

/// Asks a launcher once to end, whose ranks were ended `waited` ago. At first it has a second to do
/// so by itself: Open MPI's may crash when it is asked while it clears up, and lose what its ranks
/// have printed.
void ask_to_end(pid_t launcher, std::chrono::steady_clock::duration waited, bool& is_asked);

/// 32 hexadecimal digits that nobody guesses.
std::string random_token();

/// "address:port" by which this machine may be reached, the nearest first, separated by commas.
std::string own_places(unsigned short port);

std::string host_name();

}  // namespace ltfb::orchestrator
