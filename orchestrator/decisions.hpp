#pragma once

#include <vector>

#include "core/json.hpp"
#include "orchestrator/explorer.hpp"
#include "orchestrator/layout.hpp"
#include "orchestrator/replay.hpp"
#include "orchestrator/round_recorder.hpp"
#include "orchestrator/settings.hpp"
#include "tournament/match.hpp"
#include "tournament/selection.hpp"
#include "tournament/standings_board.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

/// What a trainer decides around its matches: whom it meets, and how its hyperparameters move.
/// Every seat decides alike.
class Decisions {
public:
    /// All but `settings` are the trainer's own; all must outlive this object.
    Decisions(const Settings& settings,
              const Layout& layout,
              tournament::Transport& transport,
              tournament::Match& match,
              trainer::Trainer& trainer,
              Explorer& explorer);

    /// Collective over the trainer. Its part in a round's tournament; waits for the standings after
    /// the round before where the selection needs them.
    tournament::Meeting meeting_in(int round);

    /// After a match: moves the live trainer's hyperparameters; `values` are those that the round
    /// was trained with.
    std::vector<Explored> explore(int round,
                                  const tournament::Values& values,
                                  const tournament::MatchRecord& record);

    /// Tells all others how this trainer stands after `round`, where they need to know.
    void post_standing(int round);

    /// What a resumed run needs, and its way back after `round`.
    [[nodiscard]] Json memory() const;
    void restore(const Json& memory, int round);

private:
    [[nodiscard]] std::vector<tournament::Change> changes_after(
        int round, const tournament::MatchRecord& record) const;

    const Settings& settings_;
    const Layout& layout_;
    tournament::Match& match_;
    trainer::Trainer& trainer_;
    Explorer& explorer_;
    tournament::SelectionRule selection_;
    tournament::StandingsBoard board_;
    HyperparameterSchedule replayed_;  // empty unless --replay
    double kept_score_ = 0.0;          // of the model held, on the own tournament share
    int age_ = 0;                      // rounds since a model was taken over
};

}  // namespace ltfb::orchestrator
