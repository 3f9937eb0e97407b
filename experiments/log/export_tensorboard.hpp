#pragma once

#include <string>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// Writes TensorBoard event files below `folder`: trainer-NNNN/ for each trainer, and
/// lineage-of-NNNN/ for each survivor (at most the best `max_lineages`), whose curves follow the
/// model through the trainers that trained it. Needs Detail::everything. Throws Error.
void export_tensorboard(const RunLog& log,
                        const std::string& folder,
                        std::size_t max_lineages = 64);

}  // namespace ltfb::experiments
