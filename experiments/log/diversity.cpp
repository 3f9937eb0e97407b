#include "experiments/log/diversity.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "experiments/log/lineage.hpp"

namespace ltfb::experiments {

namespace {

struct Moments {
    double mean = absent;
    double sd = absent;
};

Moments moments_of(const std::vector<double>& values) {
    if (values.empty()) { return {}; }
    const auto n = static_cast<double>(values.size());
    double sum = 0.0;
    for (const double value : values) { sum += value; }
    const double mean = sum / n;
    double squares = 0.0;
    for (const double value : values) { squares += (value - mean) * (value - mean); }
    // The mean of equal values may be off by a rounding; their spread is none.
    const bool all_equal =
        std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
    return {mean, all_equal ? 0.0 : std::sqrt(squares / n)};
}

void take_scores(const RunLog& log, std::vector<double> scores, Diversity& diversity) {
    std::erase_if(scores, [](double score) { return !std::isfinite(score); });
    diversity.finite_scores = static_cast<std::int64_t>(scores.size());
    if (scores.empty()) { return; }
    std::sort(
        scores.begin(), scores.end(), [&](double a, double b) { return log.is_better(a, b); });
    diversity.best_score = scores.front();
    diversity.median_score = scores[scores.size() / 2];
    diversity.worst_score = scores.back();
    diversity.score_sd = moments_of(scores).sd;
}

}  // namespace

Diversity diversity_of(const RunLog& log, std::int32_t round) {
    Diversity diversity;
    const auto r = static_cast<std::size_t>(round);
    const std::size_t begin = log.round_begin[r];
    const std::size_t end = log.round_begin[r + 1];
    diversity.trainers = static_cast<std::int64_t>(end - begin);
    const auto founders = founders_after(log, round);
    diversity.founders = static_cast<std::int64_t>(founders.size());
    double simpson = 0.0;
    for (const auto& founder : founders) {
        const double share = founder.models / static_cast<double>(end - begin);
        simpson += share * share;
    }
    if (simpson > 0.0) { diversity.effective_founders = 1.0 / simpson; }

    std::vector<double> values;
    for (std::size_t row = begin; row < end; ++row) { values.push_back(log.rows.score[row]); }
    take_scores(log, std::move(values), diversity);
    for (std::size_t key = 0; key < log.hyperparameters.names().size(); ++key) {
        values.clear();
        for (std::size_t row = begin; row < end; ++row) {
            const double value = log.hyperparameter(row, key);
            if (std::isfinite(value)) { values.push_back(value); }
        }
        const Moments moments = moments_of(values);
        diversity.hyperparameter_cv.push_back(
            moments.sd == 0.0 ? 0.0 : moments.sd / std::abs(moments.mean));
    }
    return diversity;
}

}  // namespace ltfb::experiments
