#pragma once

#include <memory>
#include <vector>

#include "orchestrator/event_log.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/resume.hpp"
#include "orchestrator/round_recorder.hpp"
#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// The maker of a run's events; counts on from where the snapshot was taken.
EventMaker maker_of(const Settings& settings, const Inputs& inputs, const StartPoint& start);

/// The root's log, with its first event, and config.json. `first_sender`: as of RootLog.
std::unique_ptr<RootLog> open_log(const Settings& settings,
                                  const Inputs& inputs,
                                  const EventMaker& maker,
                                  const StartPoint& start,
                                  int first_sender = 1);

}  // namespace ltfb::orchestrator
