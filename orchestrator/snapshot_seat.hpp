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

/// One rank's side of snapshots: brings a trainer's state together on its lead seat, which writes
/// it while training goes on.
class SnapshotSeat {
public:
    SnapshotSeat(const Settings& settings,
                 int trainer_index,
                 const mpi::Comm& seats,
                 trainer::Trainer& trainer,
                 RootLine root);

    /// The first round to be played, if it isn't 0.
    void start_at(int round) { next_boundary_ = round; }

    /// Lead seat only: hands on what has been written, hears orders. Without waiting.
    void poll();

    /// Collective over the trainer, after each round that isn't its last; `state` needs no digest.
    /// Writes a snapshot where one is due; an exit code where the run is to be left.
    std::optional<int> after_round(TrainerState state);

    /// Waits for the snapshot under way, which the end of the run makes needless.
    void finish();

private:
    std::optional<int> take_snapshot(TrainerState state);
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
    SnapshotInterval interval_;
    SnapshotWriter writer_;
    int next_boundary_ = 0;   // the round whose end comes next
    int ordered_round_ = -1;  // -1: none
    bool leaves_ = false;     // after the ordered snapshot
    std::optional<int> exit_code_;
};

}  // namespace ltfb::orchestrator
