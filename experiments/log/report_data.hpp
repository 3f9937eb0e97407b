#pragma once

#include <optional>
#include <string>

#include "experiments/log/predictions.hpp"
#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// What the page of a run shows, as one JSON object. Its size is bounded for any run: the best
/// trainers stand for all, and long runs are thinned to a few hundred rounds. Needs
/// Detail::everything.
std::string report_data(const RunLog& log, const std::optional<Parity>& parity);

}  // namespace ltfb::experiments
