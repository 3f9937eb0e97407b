#pragma once

#include <string>

namespace ltfb::orchestrator {

/// When snapshots are taken.
struct SnapshotInterval {
    enum class Kind {
        none,       // on request only
        rounds,     // after every `rounds` rounds
        seconds,    // after every `seconds`, at the next round boundary
        automatic,  // as often as costs at most 1 % of the time
    };
    Kind kind = Kind::automatic;
    int rounds = 0;
    double seconds = 0.0;

    [[nodiscard]] bool is_due_after(int round) const {
        return kind == Kind::rounds && (round + 1) % rounds == 0;
    }
    /// Seconds from one snapshot to the next, after one that held training up for `cost_s`
    /// (processor time of its thread included); infinity where time doesn't matter.
    [[nodiscard]] double seconds_between(double cost_s) const;
};

/// "auto", "none", "20" or "20rounds", "15min", "30s"; throws InputError.
SnapshotInterval parse_snapshot_every(const std::string& text);

}  // namespace ltfb::orchestrator
