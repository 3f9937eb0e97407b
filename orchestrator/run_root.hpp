#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/job_start.hpp"
#include "orchestrator/resume.hpp"
#include "orchestrator/round_recorder.hpp"
#include "orchestrator/settings.hpp"
#include "orchestrator/trainer_lines.hpp"

namespace ltfb::orchestrator {

/// The root of a run that is outside of its trainers' jobs, in the process that launches them, and
/// so survives them all: keeps the log, orders snapshots, brings the result together. Every
/// trainer's lead seat speaks with it alike.
class RunRoot {
public:
    /// Opens what the run needs, RUN included, whose newest snapshot counts where the settings ask
    /// to resume. Throws InputError. `settings` must outlive this object.
    explicit RunRoot(const Settings& settings);
    RunRoot(const RunRoot&) = delete;
    RunRoot& operator=(const RunRoot&) = delete;
    RunRoot(RunRoot&&) = delete;
    RunRoot& operator=(RunRoot&&) = delete;
    ~RunRoot() = default;

    /// What the jobs are told at their start.
    [[nodiscard]] JobStart job_start() const;

    /// Takes what trainers have said, and says what they are to hear, without waiting.
    void take_turn(TrainerLines& lines);
    /// A trainer has died and won't come back; the others go on. False where none is left.
    bool lose(TrainerLines& lines, const Loss& loss);
    /// A trainer has died and is being started again.
    void note_restart(TrainerLines& lines, int trainer, const std::string& message);
    /// Throws Error where events could not be written.
    void finish() { log_->finish(); }

    [[nodiscard]] bool is_lost(int trainer) const { return lost_.contains(trainer); }
    /// The round that the trainer's own state covers; -1: none.
    [[nodiscard]] int saved_round(int trainer) const {
        return saved_rounds_[static_cast<std::size_t>(trainer)];
    }
    /// Where the run is over, or left.
    [[nodiscard]] std::optional<int> exit_code() const noexcept { return exit_code_; }

private:
    using Clock = std::chrono::steady_clock;

    void note_order(const Json& order);
    void hear_lead(TrainerLines& lines, int trainer);
    void decide_standings(TrainerLines& lines);
    void finish_where_all_saved(TrainerLines& lines);
    void watch(TrainerLines& lines);
    [[nodiscard]] std::vector<int> awaited() const;

    const Settings& settings_;
    int trainers_;
    Inputs inputs_;
    StartPoint start_;
    EventMaker maker_;
    std::unique_ptr<RootLog> log_;
    std::vector<int> saved_rounds_;
    std::set<int> lost_;             // trainers that won't come back
    Json snapshot_order_;            // the last one that counts; null: none
    std::map<int, Json> standings_;  // at the end, by trainer
    std::vector<Json> decided_;      // the same, sorted; empty while some are missing
    std::set<int> saved_;            // trainers that have nothing left to do
    Json test_;                      // the best trainer's metrics
    std::optional<int> exit_code_;
    std::uint64_t news_ = 0;  // messages that have come, ticks aside
    std::uint64_t watched_news_ = 0;
    Clock::time_point last_news_ = Clock::now();
};

}  // namespace ltfb::orchestrator
