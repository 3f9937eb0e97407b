#pragma once

#include <string>

#include "experiments/log/simulated_population.hpp"

namespace ltfb::experiments {

/// Writes a whole run directory (config.json, events.jsonl, status.json, summary.json, the test
/// predictions) of a simulated pairwise tournament, in which every number fits every other.
/// Throws InputError where `folder` already holds something.
void simulate_log(const SimulationSettings& settings, const std::string& folder);

}  // namespace ltfb::experiments
