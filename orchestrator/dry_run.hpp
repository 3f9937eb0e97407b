#pragma once

#include <string>

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// What can be known about RUN and the data before a job is started. Throws InputError.
void check_before_launch(const Settings& settings);

/// Checks layout, data, memory and disk without training; says what would be run. Throws
/// InputError for the first thing that would not work.
std::string dry_run(const Settings& settings);

}  // namespace ltfb::orchestrator
