#pragma once

#include <set>
#include <span>
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
    /// `players`: who plays the round, in ascending order.
    tournament::Meeting meeting_in(int round, std::span<const int> players);

    /// Lead seat only. What is known of how a trainer stood, and what others know of it.
    [[nodiscard]] Json standings_of(int trainer) const { return board_.told_by(trainer); }
    void note_standings(int trainer, const Json& told) { board_.note(trainer, told); }
    /// Lead seat only. A trainer that has died: what isn't known of it by now won't come.
    void note_gone(int trainer) { gone_.insert(trainer); }

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
    std::set<int> gone_;               // trainers that have died
};

}  // namespace ltfb::orchestrator
