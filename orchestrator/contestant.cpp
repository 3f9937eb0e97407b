#include "orchestrator/contestant.hpp"

#include <utility>

namespace ltfb::orchestrator {

double value_of(tournament::Metric metric, const trainer::Metrics& metrics) {
    switch (metric) {
        case tournament::Metric::mse:
            return metrics.mse;
        case tournament::Metric::mae:
            return metrics.mae;
        case tournament::Metric::r2:
            return metrics.r2;
        case tournament::Metric::pearson:
            return metrics.pearson;
    }
    return metrics.mse;
}

std::vector<float> responses_of(const data::Samples& samples,
                                std::span<const std::uint32_t> indices) {
    const auto all = samples.responses();
    std::vector<float> responses;
    responses.reserve(indices.size());
    for (const std::uint32_t index : indices) { responses.push_back(all[index]); }
    return responses;
}

TrainerContestant::TrainerContestant(trainer::Trainer& trainer,
                                     const data::Samples& samples,
                                     std::vector<std::uint32_t> tournament_share,
                                     tournament::Metric metric,
                                     int lineage,
                                     Explorer& explorer)
    : trainer_(trainer),
      share_(std::move(tournament_share)),
      responses_(responses_of(samples, share_)),
      metric_(metric),
      lineage_(lineage),
      explorer_(explorer) {}

tournament::ModelCard TrainerContestant::card() const {
    return {.step = trainer_.progress().step,
            .lineage = lineage_,
            .hyperparameters = trainer_.hyperparameters().as_map()};
}

void TrainerContestant::set_card(const tournament::ModelCard& card) {
    trainer_.progress().step = card.step;
    lineage_ = card.lineage;
    for (const auto& [name, value] : card.hyperparameters) {
        trainer_.hyperparameters().set(name, value);
    }
}

std::uint64_t TrainerContestant::digest(tournament::Exchange what) {
    return trainer_.digest(what == tournament::Exchange::weights
                               ? trainer::DigestOf::weights
                               : trainer::DigestOf::weights_and_moments);
}

std::vector<float> TrainerContestant::predict(std::span<const float> weights,
                                              const std::function<void()>& meanwhile) {
    return trainer_.predict(weights, share_, meanwhile);
}

double TrainerContestant::score(std::span<const float> predictions) const {
    return value_of(metric_, trainer::metrics_of(predictions, responses_));
}

}  // namespace ltfb::orchestrator
