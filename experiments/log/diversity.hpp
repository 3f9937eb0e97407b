#pragma once

#include <cstdint>
#include <vector>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// How different the models of a round are.
struct Diversity {
    std::int64_t trainers = 0;
    std::int64_t founders = 0;
    double effective_founders = absent;  // inverse Simpson index of the founders' shares
    std::int64_t finite_scores = 0;
    double best_score = absent;
    double median_score = absent;
    double worst_score = absent;  // of the finite ones
    double score_sd = absent;
    std::vector<double> hyperparameter_cv;  // sd / |mean| by the log's names; 0 where all agree
};

Diversity diversity_of(const RunLog& log, std::int32_t round);

}  // namespace ltfb::experiments
