#pragma once

#include <vector>

#include "core/json.hpp"
#include "orchestrator/event_log.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/round_recorder.hpp"
#include "orchestrator/settings.hpp"
#include "tournament/judge.hpp"

namespace ltfb::orchestrator {

/// The run that a result is of.
struct ResultOf {
    const Settings& settings;
    const Inputs& inputs;
    const EventMaker& maker;
};

/// Best first, by "score".
void sort_standings(std::vector<Json>& standings, tournament::Metric metric);

/// On the root. Writes the last events and summary.json, and shows the result; the run's exit code.
/// `standings`: sorted, of all trainers that have come to the end; `test`: metrics of the best one.
int write_result(const ResultOf& run, RootLog& log, const Json& standings, const Json& test);

}  // namespace ltfb::orchestrator
