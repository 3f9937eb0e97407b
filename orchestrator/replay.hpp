#pragma once

#include <istream>
#include <map>
#include <string>
#include <vector>

namespace ltfb::orchestrator {

/// Hyperparameters by name, for each round.
using HyperparameterSchedule = std::vector<std::map<std::string, double>>;

/// The hyperparameters that the best model of a run was trained with, round by round: those of the
/// trainers that held its ancestors. `log` is the run's events.jsonl, `name` what messages call it.
/// Throws InputError where the log isn't that of a complete run.
HyperparameterSchedule winning_schedule(std::istream& log, const std::string& name);

/// The same, of the run directory `run`.
HyperparameterSchedule winning_schedule(const std::string& run);

}  // namespace ltfb::orchestrator
