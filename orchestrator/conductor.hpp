#pragma once

#include <string>
#include <vector>

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Plays a run as one MPI job for each trainer (--jobs per-trainer), started and watched by this
/// process, which keeps the run's log. `arguments`: this program's own, which the jobs get too. The
/// run's exit code.
int conduct_trainers(const Settings& settings, const std::vector<std::string>& arguments);

}  // namespace ltfb::orchestrator
