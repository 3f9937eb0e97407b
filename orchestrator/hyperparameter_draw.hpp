#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "orchestrator/settings.hpp"
#include "trainer/hyperparameters.hpp"

namespace ltfb::orchestrator {

/// A learning rate or the range it is drawn from; equal bounds mean a value.
struct LrRange {
    double low = 0.0;
    double high = 0.0;
};

/// "0.001" or "1e-4..1e-2"; throws InputError.
LrRange parse_lr(const std::string& text);

/// The score of --target-score; NaN for "".
double parse_target_score(const std::string& text);

/// What trainer `trainer` starts with: values drawn from the search space, but for the control
/// trainer. A pure function of the settings.
trainer::Hyperparameters initial_hyperparameters(const Settings& settings, int trainer);

}  // namespace ltfb::orchestrator
