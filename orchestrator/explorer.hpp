#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "orchestrator/settings.hpp"
#include "tournament/explore.hpp"
#include "tournament/observation_book.hpp"
#include "tournament/space.hpp"

namespace ltfb::orchestrator {

/// What a round brought a trainer, both scores on its own tournament share.
struct RoundOutcome {
    int round = 0;
    tournament::Values values;  // hyperparameters that the round was trained with
    double own_score = 0.0;     // of the model as trained
    double kept_score = 0.0;    // of the model that it goes on with
};

/// Decides how a trainer's hyperparameters move after it adopted a model. What PB2 needs to know of
/// other trainers travels with the cards of matches, so nobody waits for it. Every seat of a
/// trainer holds the same.
class Explorer {
public:
    Explorer(const Settings& settings, int trainer);

    void note_round(const RoundOutcome& outcome);
    /// What other trainers are told; "" for nothing.
    [[nodiscard]] std::string news() const;
    void hear(const std::string& news);

    /// How `values`, as adopted in `round`, move. Pure in what was noted and heard.
    [[nodiscard]] std::vector<tournament::Change> explore(int round,
                                                          const tournament::Values& values) const;

    /// What a resumed run needs of this object, and its way back.
    [[nodiscard]] Json memory() const;
    void restore(const Json& memory);

private:
    [[nodiscard]] tournament::Values varied(const tournament::Values& values) const;

    tournament::Space space_;
    tournament::ExploreRule rule_;
    tournament::Metric metric_;
    std::uint64_t seed_;
    int trainer_;
    tournament::ObservationBook book_;
    bool has_start_score_ = false;  // false before the first round
    double start_score_ = 0.0;      // of the model that the current round's steps began with
};

}  // namespace ltfb::orchestrator
