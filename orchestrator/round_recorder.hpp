#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/event_log.hpp"
#include "orchestrator/losses.hpp"
#include "orchestrator/progress.hpp"
#include "orchestrator/server/status_server.hpp"
#include "orchestrator/snapshot_keeper.hpp"
#include "orchestrator/tcp_control.hpp"
#include "orchestrator/time_limit.hpp"
#include "tournament/explore.hpp"
#include "tournament/match.hpp"
#include "tournament/transport.hpp"
#include "trainer/metrics.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

/// The fields of Metrics.
Json to_json(const trainer::Metrics& metrics);

/// What of a round is written to the log, before adoption changed the trainer.
struct TrainedRound {
    trainer::TrainReport trained;
    trainer::Metrics own;
    std::map<std::string, double> hyperparameters;
    double lr = 0.0;
};

/// A hyperparameter that was moved, and what the trainer has had since, as read back from it.
struct Explored {
    tournament::Change change;
    double live = 0.0;
};

/// The events of one trainer's round: eval, then, where it had an opponent, tournament and adopt,
/// then one explore for each hyperparameter that moved.
std::vector<Json> events_of(const EventMaker& maker,
                            const EventSubject& subject,
                            const TrainedRound& round,
                            const tournament::MatchRecord& record,
                            std::span<const Explored> explored,
                            tournament::Metric metric);

/// On the root: receives every trainer's rounds, writes the log in order, shows progress.
class RootLog {
public:
    /// `first_sender`: trainers from this one on are spoken with by the transport: all but the
    /// first one, which is the root's own, or all.
    RootLog(const Settings& settings,
            const EventMaker& maker,
            const LogPosition& start,
            SnapshotKeeper::Plan snapshots,
            std::unique_ptr<server::StatusServer> server,
            int first_sender = 1);

    /// Takes what has arrived, and sends what snapshots need, without waiting.
    void poll(tournament::Transport& transport);
    /// A trainer has died, and the others go on without it.
    void note_loss(tournament::Transport& transport, const Loss& loss);
    /// A message of the lead seat of trainer `from`: a round's report, or about a snapshot or a
    /// loss.
    void take(const Json& message, int from);
    /// Waits until every trainer's last report is here; `limit_s` counts from the last news.
    void await_all(tournament::Transport& transport, double limit_s);
    void append(std::vector<Json> events);
    void warn(const std::string& what);
    /// Throws Error where events could not be written.
    void finish() { file_.finish(); }
    /// Orders to the root's own trainer that have come since the last call.
    std::vector<Json> take_orders() { return std::exchange(own_orders_, {}); }

    /// Trainers that were lost: {"trainer", "round", "message"} each.
    [[nodiscard]] const Json& losses() const noexcept { return losses_; }
    /// Whether every trainer has played its last round, and all is in the log.
    [[nodiscard]] bool is_finished() const { return collector_.is_finished(); }
    /// Whether some trainer has played its last round.
    [[nodiscard]] bool has_ended_trainer() const noexcept { return has_ended_trainer_; }
    /// Trainers whose report of the next round is awaited.
    [[nodiscard]] std::vector<int> missing() const { return collector_.missing(); }
    /// Trainers that haven't said yet in which round one was lost; the others wait for that.
    [[nodiscard]] std::vector<int> unanswering() const { return loss_keeper_.unanswering(); }
    /// Of all trainers, ticks of progress aside.
    [[nodiscard]] std::uint64_t messages_taken() const noexcept { return messages_taken_; }
    [[nodiscard]] ProgressView& progress() noexcept { return progress_; }
    [[nodiscard]] const std::string& stop_reason() const noexcept { return stop_reason_; }

private:
    void take_report(RoundReport report);
    void take_messages(tournament::Transport& transport, int trainer);
    void release_rounds();
    void hear_signals();
    [[nodiscard]] Json standings() const;
    void write_status();

    const Settings& settings_;
    const EventMaker& maker_;
    int trainers_;
    EventFile file_;
    RoundCollector collector_;
    ProgressView progress_;
    SnapshotKeeper snapshots_;
    TimeLimit time_limit_;
    std::unique_ptr<server::StatusServer> server_;  // with --serve
    int first_sender_;
    LossKeeper loss_keeper_;
    Json losses_ = Json::array();
    std::vector<Json> own_orders_;
    bool is_status_warned_ = false;
    std::string stop_reason_ = "peer";
    std::uint64_t reports_taken_ = 0;
    std::uint64_t messages_taken_ = 0;
    bool has_ended_trainer_ = false;
};

}  // namespace ltfb::orchestrator
