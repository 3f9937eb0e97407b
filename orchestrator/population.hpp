#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/contestant.hpp"
#include "orchestrator/decisions.hpp"
#include "orchestrator/event_log.hpp"
#include "orchestrator/explorer.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/layout.hpp"
#include "orchestrator/losses.hpp"
#include "orchestrator/round_recorder.hpp"
#include "orchestrator/settings.hpp"
#include "orchestrator/snapshot_seat.hpp"
#include "orchestrator/tcp_control.hpp"
#include "tournament/match.hpp"
#include "tournament/transport.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

/// Why a trainer plays no further round.
enum class StopReason : int { none, rounds, max_samples, target_score, max_seconds, peer, leave };

/// What a trainer has spent and done by the end.
struct Totals {
    std::uint64_t samples = 0;
    double train_s = 0.0;
    double tournament_s = 0.0;
};

/// Where a trainer stands among the others.
struct Station {
    tournament::Transport& transport;
    bool holds_root = true;       // trainer 0 of this job keeps the run's log
    RootLog* root_log = nullptr;  // on the root alone
    // Where the launching process is the root: it may end trainers, and the others go on.
    ControlLine* line = nullptr;
    StatePlan states = {};  // where trainers are started again alone
};

/// One rank of a population: its trainer's seat, and on the root the run's log.
class Population {
public:
    /// Collective over the job.
    Population(const Settings& settings,
               const Layout& layout,
               const Inputs& inputs,
               const EventMaker& events,
               Station station);

    /// Collective over the trainer. Takes over the state in a file, a snapshot's or the trainer's
    /// own, and goes on after its round. Throws InputError.
    enum class StateOf { snapshot, own };
    void restore(const std::string& path, StateOf kind = StateOf::snapshot);

    /// Collective. Plays all rounds. An exit code where the run is left before its end, with a
    /// snapshot; nothing then follows.
    std::optional<int> run();

    /// Waits until others have taken what this rank told them.
    void await_idle();
    /// Lead seat only. What must go on while it waits for other trainers.
    void attend() { snapshots_.poll(); }
    [[nodiscard]] const Station& station() const noexcept { return station_; }
    [[nodiscard]] tournament::Transport& transport() noexcept { return transport_; }
    [[nodiscard]] trainer::Trainer& trainer() noexcept { return trainer_; }
    [[nodiscard]] const TrainerContestant& contestant() const noexcept { return contestant_; }
    [[nodiscard]] const Totals& totals() const noexcept { return totals_; }

private:
    StopReason play_round(int round);
    StopReason train_locally(int round, trainer::TrainReport& trained);
    StopReason reason_to_stop_early(int round);
    StopReason reason_to_stop_after(int round, const tournament::MatchRecord& record);
    void report(const EventSubject& subject,
                TrainedRound trained,
                const tournament::MatchRecord& record,
                std::span<const Explored> explored,
                StopReason stop);
    [[nodiscard]] StopReason agree(int round, StopReason lead_reason) const;
    void train_meanwhile();
    tournament::MatchRule match_rule();
    tournament::Meeting agree_meeting(int round);
    RootLine root_line();
    std::vector<Json> hear_root();
    void hear_loss(const Json& order);
    void tell_root(const Json& message);
    /// What else a resumed run needs, and its way back after `round`.
    [[nodiscard]] Json memory() const;
    void restore_memory(const Json& memory, int round, StateOf kind);
    void save_where_due(int round, StopReason& stop);

    const Settings& settings_;
    const Layout& layout_;
    const EventMaker& events_;
    Station station_;
    RootLog* root_log_;
    ControlLine* line_;
    tournament::Transport& transport_;
    Players players_;
    trainer::Trainer trainer_;
    Explorer explorer_;
    TrainerContestant contestant_;
    tournament::Match match_;
    Decisions decisions_;
    trainer::TrainReport ahead_;  // of the next round's steps, those made while a match was played
    double target_score_;
    Totals totals_;
    SnapshotSeat snapshots_;
    int first_round_ = 0;
    std::optional<int> exit_code_;
    Json last_report_;  // of this trainer to the root
};

}  // namespace ltfb::orchestrator
