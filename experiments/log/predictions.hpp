#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// Predictions of the final model on the test role, counted into square cells: what a parity plot
/// needs, whatever the number of samples.
struct Parity {
    static constexpr int bins = 60;  // along each axis
    struct Bin {
        std::int32_t response = 0;  // index along the axis
        std::int32_t prediction = 0;
        std::int64_t samples = 0;
    };

    double low = 0.0;  // of both axes
    double high = 1.0;
    std::vector<Bin> cells;  // not empty ones
    Scores scores;           // over all finite predictions
    std::int64_t non_finite = 0;
};

/// Reads models/test_predictions.csv (sample,response,prediction) of a run directory; nullopt where
/// there is none. Throws InputError naming file and line.
std::optional<Parity> read_parity(const std::string& folder);

}  // namespace ltfb::experiments
