#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/samples.hpp"
#include "orchestrator/explorer.hpp"
#include "tournament/contestant.hpp"
#include "tournament/judge.hpp"
#include "trainer/metrics.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

double value_of(tournament::Metric metric, const trainer::Metrics& metrics);

/// A trainer as a tournament sees it.
class TrainerContestant : public tournament::Contestant {
public:
    /// `tournament_share`: the trainer's own tournament samples. Arguments are kept by reference.
    TrainerContestant(trainer::Trainer& trainer,
                      const data::Samples& samples,
                      std::vector<std::uint32_t> tournament_share,
                      tournament::Metric metric,
                      int lineage,
                      Explorer& explorer);

    [[nodiscard]] const mpi::Comm& comm() const override { return trainer_.comm(); }
    [[nodiscard]] std::span<float> weights() override { return trainer_.weights(); }
    void share_weights() override { trainer_.share_weights(); }
    [[nodiscard]] std::vector<std::span<float>> moments() override { return trainer_.moments(); }
    [[nodiscard]] tournament::ModelCard card() const override;
    void set_card(const tournament::ModelCard& card) override;
    std::uint64_t digest(tournament::Exchange what) override;
    std::vector<float> predict(std::span<const float> weights,
                               const std::function<void()>& meanwhile) override;
    [[nodiscard]] double score(std::span<const float> predictions) const override;
    [[nodiscard]] std::span<const float> responses() const override { return responses_; }

    [[nodiscard]] std::string news() const override { return explorer_.news(); }
    void hear(const std::string& news) override { explorer_.hear(news); }

    [[nodiscard]] int lineage() const noexcept { return lineage_; }

private:
    trainer::Trainer& trainer_;
    std::vector<std::uint32_t> share_;
    std::vector<float> responses_;
    tournament::Metric metric_;
    int lineage_;
    Explorer& explorer_;
};

/// Responses of the given samples, in their order.
std::vector<float> responses_of(const data::Samples& samples,
                                std::span<const std::uint32_t> indices);

}  // namespace ltfb::orchestrator
