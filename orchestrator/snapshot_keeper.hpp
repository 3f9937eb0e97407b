#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "orchestrator/snapshot_interval.hpp"
#include "orchestrator/snapshot_manifest.hpp"
#include "orchestrator/snapshot_writer.hpp"

namespace ltfb::orchestrator {

/// Where the log stood, and the population, when a round was complete.
struct RoundPlace {
    LogPosition log;
    double elapsed_s = 0.0;
    Json standings;
};

/// The root's side of snapshots: plans them, and makes a snapshot of the parts that the trainers
/// report. Speaks to the trainers' lead seats by orders, which the caller sends to all of them:
///   {"snapshot": R, "leave": bool}  write your part at the end of round R; with `leave`, then wait
///   {"leave": code}                 every part is there, or cannot be: end with this exit code
///   {"cancel": true}                somebody ends for another reason: no snapshot, no waiting
/// Trainers have no common clock, so R may be past for one of them; it says so, and another round
/// is named.
class SnapshotKeeper {
public:
    struct Plan {
        std::string run;  // its directory
        int trainers = 1;
        int keep = 2;
        SnapshotInterval interval;
        Manifest common;  // what all manifests of the run share
    };
    explicit SnapshotKeeper(Plan plan);

    /// A trainer has played `round`; with `is_last`, it plays no more.
    void note_report(int round, bool is_last);
    /// All events of `round` are in the log.
    void note_release(int round, const RoundPlace& place);
    void take(PartReport part);
    /// A trainer has died: a snapshot does without it, unless its part is there.
    void note_loss(int trainer) { lost_.insert(trainer); }
    /// A trainer was past `round` when it heard the order.
    void take_late(int round);

    void request_snapshot() { is_wanted_ = true; }
    /// Snapshot, then leave with `exit_code`.
    void request_leave(int exit_code);

    /// Plans what is due at `now_s` (of any clock that doesn't jump) and finishes what is complete.
    /// Where `is_log_written` is false, events that a snapshot would count on are not on the disk:
    /// then there is none.
    void tick(double now_s, bool is_log_written = true);

    /// Orders for every lead seat, in order; empties the list.
    std::vector<Json> take_orders() { return std::exchange(orders_, {}); }
    /// Events for the log: (name, fields); empties the list.
    std::vector<std::pair<const char*, Json>> take_events() { return std::exchange(events_, {}); }

    /// Seconds that the last snapshot cost the slowest trainer.
    [[nodiscard]] double cost_s() const noexcept { return cost_s_; }
    [[nodiscard]] bool is_leaving() const noexcept { return leave_code_.has_value(); }

private:
    struct Pending {
        std::optional<RoundPlace> place;
        std::map<int, PartReport> parts;
    };
    [[nodiscard]] bool is_complete(const Pending& pending) const;

    void plan_next(double now_s);
    void order_snapshot();
    void finish(int round, Pending& pending, bool is_log_written);
    void give_up(int round, const std::string& why);
    [[nodiscard]] std::string first_error(const Pending& pending) const;

    Plan plan_;
    std::map<int, Pending> pending_;  // by round
    std::set<int> lost_;              // trainers
    int last_reported_ = -1;          // the furthest round that any trainer has reported
    int planned_round_ = -1;          // -1: none
    int margin_ = 0;                  // rounds of notice, grown whenever a trainer was past
    bool is_wanted_ = false;
    bool is_ending_ = false;  // a trainer has played its last round
    std::optional<int> leave_code_;
    double now_s_ = 0.0;
    std::optional<double> next_s_;
    double cost_s_ = 0.0;
    std::vector<Json> orders_;
    std::vector<std::pair<const char*, Json>> events_;
};

}  // namespace ltfb::orchestrator
