#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "experiments/log/json.hpp"
#include "experiments/log/simulated_population.hpp"

namespace ltfb::experiments {

/// What a trainer holds at the end, and its score on the whole tournament role.
struct SimulatedFinalist {
    std::int32_t trainer = 0;
    double score = 0.0;
    const SimulatedModel* model = nullptr;
};

/// Best first; scores that are not finite last.
void rank_finalists(std::vector<SimulatedFinalist>& finalists);

/// The standings of run_end and summary.json.
Json standings_json(std::span<const SimulatedFinalist> ranked);

/// Writes `folder`/models/test_predictions.csv, predictions with errors of about `mse` (of about
/// 0.25 where that is not finite), and returns their metrics. Throws Error.
Json write_test_predictions(const std::string& folder, std::uint64_t seed, double mse);

}  // namespace ltfb::experiments
