#pragma once

#include "orchestrator/inputs.hpp"
#include "orchestrator/layout.hpp"
#include "orchestrator/population.hpp"
#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Collective over the job, after the last round. Scores every trainer's model on the whole
/// tournament role, the best of them once on the test role; saves models; the root writes the last
/// events and summary.json, and shows the result. The run's exit code on the root, 0 elsewhere.
int finish_run(const Settings& settings,
               const Layout& layout,
               const Inputs& inputs,
               const EventMaker& maker,
               Population& population,
               RootLog* root_log);

}  // namespace ltfb::orchestrator
