#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/trainer_lines.hpp"

namespace ltfb::orchestrator {

/// How the job of a trainer ended.
struct TrainerEnd {
    int trainer = 0;
    bool in_order = false;  // its lead seat has said what the exit code is, and all have left
    int exit_code = 0;
    std::string why = {};     // otherwise
    bool has_called = false;  // any of its ranks
};

/// Runs one MPI job for each trainer, and watches over them: every rank holds a TCP connection
/// (ControlLine), so that a dead one is noticed at once, and a stopped one by its silence; what is
/// left of its trainer is then ended, and only that. Carries messages between lead seats and the
/// root, which is this process, and tells ranks where those of other trainers listen. Jobs die with
/// this process. As a transport: `post` and `poll` speak with the lead seat of a trainer; what is
/// posted while a trainer is being started again waits for it.
class TrainerJobs : public TrainerLines {
public:
    /// `longest_silence_s`: after which a rank without a sign of life is dead; `longest_start_s`:
    /// after which a job is, of which some rank hasn't called yet.
    TrainerJobs(std::vector<int> ranks_per_trainer,
                double longest_silence_s,
                double longest_start_s);
    ~TrainerJobs() override;
    TrainerJobs(const TrainerJobs&) = delete;
    TrainerJobs& operator=(const TrainerJobs&) = delete;
    TrainerJobs(TrainerJobs&&) = delete;
    TrainerJobs& operator=(TrainerJobs&&) = delete;

    /// Starts the job of `trainer`, which has none. `environment`: "NAME=value" each, besides what
    /// the job needs to find the way back.
    void start(int trainer,
               int incarnation,
               const std::vector<std::string>& command,
               std::vector<std::string> environment);
    /// Serves all until there is news, at most for `time`.
    void serve_for(std::chrono::milliseconds time);
    /// Jobs that have ended since the last call, with all of their ranks.
    std::vector<TrainerEnd> take_ends();
    /// Tells all other trainers' ranks that one has died and won't come back.
    void tell_lost(int trainer, const std::string& why);
    [[nodiscard]] bool has_jobs() const;
    /// Ends what is left, and waits until it is gone.
    void end_all(const std::string& why);

    /// What only this run's processes know.
    [[nodiscard]] const std::string& token() const;

    void post(int trainer, tournament::Channel channel, std::string text) override;
    std::optional<std::string> poll(int trainer, tournament::Channel channel) override;
    void forget(int trainer) override;
    void accuse(int trainer, double limit_s) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ltfb::orchestrator
