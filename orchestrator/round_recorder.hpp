#pragma once

#include <string>
#include <vector>

#include "orchestrator/event_log.hpp"
#include "orchestrator/progress.hpp"
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

/// The events of one trainer's round: eval, then, where it had an opponent, tournament and adopt.
std::vector<Json> events_of(const EventMaker& maker,
                            const EventSubject& subject,
                            const TrainedRound& round,
                            const tournament::MatchRecord& record,
                            tournament::Metric metric);

/// On the root: receives every trainer's rounds, writes the log in order, shows progress.
class RootLog {
public:
    RootLog(const Settings& settings, const EventMaker& maker, int trainers);

    /// Takes what has arrived, without waiting.
    void poll(tournament::Transport& transport);
    void take(RoundReport report);
    /// Waits until every trainer's last report is here; `limit_s` counts from the last news.
    void await_all(tournament::Transport& transport, double limit_s);
    void append(std::vector<Json> events);

    [[nodiscard]] ProgressView& progress() noexcept { return progress_; }
    [[nodiscard]] const std::string& stop_reason() const noexcept { return stop_reason_; }

private:
    void write_status() const;

    const Settings& settings_;
    const EventMaker& maker_;
    int trainers_;
    EventFile file_;
    RoundCollector collector_;
    ProgressView progress_;
    std::string stop_reason_ = "peer";
    std::uint64_t reports_taken_ = 0;
};

}  // namespace ltfb::orchestrator
