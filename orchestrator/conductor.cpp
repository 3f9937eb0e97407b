#include "orchestrator/conductor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/fault.hpp"
#include "orchestrator/job_memory.hpp"
#include "orchestrator/launch.hpp"
#include "orchestrator/run_root.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_jobs.hpp"
#include "orchestrator/training_settings.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr double shortest_start_s = 30.0;  // that a job is given for all of its ranks to call
constexpr auto turn = std::chrono::milliseconds(20);

void say(const std::string& text) {
    std::fputs(fmt::format("ltfb-run: {}\n", text).c_str(), stderr);
}

class Conductor {
public:
    Conductor(const Settings& settings, std::vector<std::string> arguments);
    int run();

private:
    void start_trainer(int trainer);
    void take_turn();
    void hear_end(const TrainerEnd& end);
    void hear_death(const TrainerEnd& end);
    void restart(const TrainerEnd& end);
    [[nodiscard]] std::string folder() const;

    const Settings& settings_;
    std::vector<std::string> arguments_;
    std::vector<int> layout_;
    RunRoot root_;
    JobMemory memory_;  // of all jobs
    TrainerJobs jobs_;
    std::vector<int> incarnations_;  // of each trainer
    std::set<int> squeezed_in_;      // trainers that found no room when they were started again
    int restarts_ = 0;
    std::optional<int> broken_by_;  // what is left of the run is to be ended, with this exit code
};

Conductor::Conductor(const Settings& settings, std::vector<std::string> arguments)
    : settings_(settings),
      arguments_(std::move(arguments)),
      layout_(layout_of(settings)),
      root_(settings),
      jobs_(layout_, settings.silence_s, std::max(shortest_start_s, 2.0 * settings.silence_s)),
      incarnations_(layout_.size(), 0) {}

/// Of this conductor alone: what is left of an older one may still be about to leave.
std::string Conductor::folder() const {
    return fmt::format("{}/jobs/{}", settings_.out, to_hex(digest_of(jobs_.token())));
}

void Conductor::start_trainer(int trainer) {
    const auto index = static_cast<std::size_t>(trainer);
    JobStart start = root_.job_start();
    start.trainer = trainer;
    start.incarnation = incarnations_[index];
    start.saved_round = root_.saved_round(trainer);
    start.folder = folder();
    const JobKind kind =
        squeezed_in_.contains(trainer) ? JobKind::squeezed_in : JobKind::one_trainer;
    auto command = launcher_command(settings_, memory_.path(), layout_[index], kind);
    command.push_back(own_path());
    command.insert(command.end(), arguments_.begin(), arguments_.end());
    jobs_.start(trainer, start.incarnation, command, {start.to_environment()});
}

int Conductor::run() {
    std::error_code ignored;
    std::filesystem::remove_all(settings_.out + "/jobs", ignored);
    for (int trainer = 0; trainer < settings_.trainers; ++trainer) { start_trainer(trainer); }
    while (jobs_.has_jobs() && !broken_by_) { take_turn(); }
    jobs_.end_all("the run is over");
    root_.finish();
    std::filesystem::remove_all(settings_.out + "/jobs", ignored);
    return root_.exit_code().value_or(broken_by_.value_or(1));
}

void Conductor::take_turn() {
    jobs_.serve_for(turn);
    root_.take_turn(jobs_);
    for (const TrainerEnd& end : jobs_.take_ends()) { hear_end(end); }
}

void Conductor::hear_end(const TrainerEnd& end) {
    if (root_.exit_code() || broken_by_) { return; }
    if (!end.in_order) { return hear_death(end); }
    // It has said itself why.
    broken_by_ = end.exit_code == 0 ? 1 : end.exit_code;
}

void Conductor::hear_death(const TrainerEnd& end) {
    if (root_.is_lost(end.trainer)) { return; }
    const bool restarts = settings_.on_trainer_loss == "restart";
    if (restarts && restarts_ < settings_.max_restarts) { return restart(end); }
    if (!restarts) {
        jobs_.tell_lost(end.trainer, end.why);
        if (root_.lose(jobs_, {.trainer = end.trainer, .why = end.why})) { return; }
    }
    say(fmt::format("trainer {} was lost: {} (go on with --resume auto)", end.trainer, end.why));
    broken_by_ = 1;
}

void Conductor::restart(const TrainerEnd& end) {
    ++restarts_;
    ++incarnations_[static_cast<std::size_t>(end.trainer)];
    // A batch system may hold the cores of a dead node or step for longer than we wait.
    if (!end.has_called) { squeezed_in_.insert(end.trainer); }
    const std::string message = fmt::format(
        "trainer {} was lost: {} (starting it again; the others go on)", end.trainer, end.why);
    say(message);
    fault::disarm();
    start_trainer(end.trainer);
    root_.note_restart(jobs_, end.trainer, message);
}

}  // namespace

int conduct_trainers(const Settings& settings, const std::vector<std::string>& arguments) {
    hand_on_settings(settings);
    std::signal(SIGHUP, [](int) { note_signal(SIGTERM); });
    Settings agreed = settings;
    settle_arithmetic(agreed);
    return Conductor(agreed, arguments).run();
}

}  // namespace ltfb::orchestrator
