#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/mpi.hpp"
#include "orchestrator/settings.hpp"
#include "orchestrator/snapshot_interval.hpp"
#include "orchestrator/snapshot_writer.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

/// How a lead seat speaks with the root (SnapshotKeeper).
struct RootLine {
    std::function<std::vector<Json>()> orders;  // that have come since the last call
    std::function<void(const Json&)> tell;      // {"part": ..} or {"late": round}
};

/// Where a trainer saves its state after every round, so that it can be started again alone.
struct StatePlan {
    std::string folder = {};            // "": it doesn't
    std::function<Json()> memory = {};  // what else belongs to the state
    std::function<void(const Json& memory, int round)> restored = {};  // null: of a snapshot
    std::function<void(int round)> saved = {};  // collective: the state is on the disk

    [[nodiscard]] bool is_in_use() const noexcept { return !folder.empty(); }
    [[nodiscard]] std::string path_of(int round) const;
    /// The newest state in the folder, if there is one.
    [[nodiscard]] std::optional<int> newest_round() const;
};

/// One rank's side of snapshots: brings a trainer's state together on its lead seat, which writes
/// it while training goes on.
class SnapshotSeat {
public:
    SnapshotSeat(const Settings& settings,
                 int trainer_index,
                 const mpi::Comm& seats,
                 trainer::Trainer& trainer,
                 RootLine root,
                 const StatePlan& states);

    /// The first round to be played, if it isn't 0.
    void start_at(int round) { next_boundary_ = round; }
    /// The own state after `round` is there already.
    void note_state(int round) { written_round_ = saved_round_ = told_round_ = round; }

    /// Lead seat only: hands on what has been written, hears orders. Without waiting.
    void poll();

    /// Collective over the trainer, after each round that isn't its last; `state` needs no digest.
    /// Writes a snapshot where one is due; an exit code where the run is to be left.
    std::optional<int> after_round(TrainerState state);

    /// Waits for the snapshot under way, which the end of the run makes needless.
    void finish();

private:
    std::optional<int> take_snapshot(TrainerState state, bool is_part);
    [[nodiscard]] StateTarget target_of(const TrainerState& state, bool is_part);
    void hand_on(const PartReport& report);
    void tell_saved();
    void hear(const Json& order);
    void flush();
    void copy_state(TrainerState& state);
    std::optional<int> await_verdict(int round);
    [[nodiscard]] bool is_lead() const { return seats_.rank() == 0; }
    [[nodiscard]] int from_lead(int value) const;
    [[nodiscard]] double disk_limit_s() const;
    [[nodiscard]] mpi::Deadline deadline(const char* what) const;

    const Settings& settings_;
    int trainer_index_;
    const mpi::Comm& seats_;
    trainer::Trainer& trainer_;
    RootLine root_;
    const StatePlan& states_;
    SnapshotInterval interval_;
    SnapshotWriter writer_;
    int next_boundary_ = 0;   // the round whose end comes next
    int ordered_round_ = -1;  // -1: none
    bool leaves_ = false;     // after the ordered snapshot
    std::optional<int> exit_code_;
    int written_round_ = -1;  // of the own states: the last that is or will be on the disk
    int saved_round_ = -1;    // that is, as far as the lead seat knows
    int told_round_ = -1;     // that the other seats know of
    bool is_warned_ = false;
};

}  // namespace ltfb::orchestrator
