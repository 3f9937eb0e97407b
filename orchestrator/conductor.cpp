#include "orchestrator/conductor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/fault.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/job_memory.hpp"
#include "orchestrator/job_start.hpp"
#include "orchestrator/launch.hpp"
#include "orchestrator/results.hpp"
#include "orchestrator/resume.hpp"
#include "orchestrator/round_recorder.hpp"
#include "orchestrator/run_log.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_jobs.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

namespace {

using tournament::Channel;

constexpr double shortest_start_s = 30.0;  // that a job is given for all of its ranks to call
constexpr auto turn = std::chrono::milliseconds(20);

void say(const std::string& text) {
    std::fputs(fmt::format("ltfb-run: {}\n", text).c_str(), stderr);
}

double seconds_since_epoch() {
    return std::chrono::duration<double>(EventMaker::Clock::now().time_since_epoch()).count();
}

class Conductor {
public:
    Conductor(const Settings& settings, std::vector<std::string> arguments);
    int run();

private:
    void start_trainer(int trainer);
    void take_turn();
    void note_order(const Json& order);
    void hear_lead(int trainer);
    void decide_standings();
    void finish_where_all_saved();
    void hear_end(const TrainerEnd& end);
    void hear_death(const TrainerEnd& end);
    void restart(const TrainerEnd& end);
    [[nodiscard]] std::string folder() const;
    [[nodiscard]] bool is_lost(int trainer) const { return lost_.contains(trainer); }

    const Settings& settings_;
    std::vector<std::string> arguments_;
    std::vector<int> layout_;
    Inputs inputs_;
    StartPoint start_;
    std::optional<EventMaker> maker_;
    JobMemory memory_;  // of all jobs
    TrainerJobs jobs_;
    std::unique_ptr<RootLog> log_;
    std::vector<int> incarnations_;  // of each trainer
    std::set<int> squeezed_in_;      // trainers that found no room when they were started again
    std::vector<int> saved_rounds_;  // that each trainer's own state covers
    int restarts_ = 0;
    std::set<int> lost_;             // trainers that won't come back
    Json snapshot_order_;            // the last one that counts; null: none
    std::map<int, Json> standings_;  // at the end, by trainer
    std::vector<Json> decided_;      // the same, sorted; empty while some are missing
    std::set<int> saved_;            // trainers that have nothing left to do
    Json test_;                      // the best trainer's metrics
    std::optional<int> exit_code_;   // the run is over, or its trainers leave
    bool is_broken_ = false;         // and what is left of it is to be ended
};

Conductor::Conductor(const Settings& settings, std::vector<std::string> arguments)
    : settings_(settings),
      arguments_(std::move(arguments)),
      layout_(layout_of(settings)),
      inputs_(open_inputs(settings, 0)),
      start_(find_start(settings)),
      jobs_(layout_, settings.silence_s, std::max(shortest_start_s, 2.0 * settings.silence_s)),
      incarnations_(layout_.size(), 0),
      saved_rounds_(layout_.size(), -1) {
    prepare_start(start_, settings, *inputs_.samples, true);
    maker_.emplace(maker_of(settings, inputs_, start_));
    log_ = open_log(settings, inputs_, *maker_, start_, nullptr, 0);
}

/// Of this conductor alone: what is left of an older one may still be about to leave.
std::string Conductor::folder() const {
    return fmt::format("{}/jobs/{}", settings_.out, to_hex(digest_of(jobs_.token())));
}

void Conductor::start_trainer(int trainer) {
    const auto index = static_cast<std::size_t>(trainer);
    const JobStart start{.trainer = trainer,
                         .incarnation = incarnations_[index],
                         .run_id = maker_->run_id(),
                         .start_s = seconds_since_epoch() - maker_->elapsed_s(),
                         .snapshot_round = start_.first_round() - 1,
                         .saved_round = saved_rounds_[index],
                         .precision = settings_.precision,
                         .folder = folder()};
    const JobKind kind =
        squeezed_in_.contains(trainer) ? JobKind::squeezed_in : JobKind::one_trainer;
    auto command = launcher_command(settings_, memory_.path(), layout_[index], kind);
    command.push_back(own_path());
    command.insert(command.end(), arguments_.begin(), arguments_.end());
    jobs_.start(trainer, start.incarnation, command, {start.to_environment()});
    if (!snapshot_order_.is_null()) {
        jobs_.post(trainer, Channel::control, snapshot_order_.dump());
    }
}

int Conductor::run() {
    std::error_code ignored;
    std::filesystem::remove_all(settings_.out + "/jobs", ignored);
    for (int trainer = 0; trainer < settings_.trainers; ++trainer) { start_trainer(trainer); }
    while (jobs_.has_jobs() && !is_broken_) { take_turn(); }
    jobs_.end_all("the run is over");
    log_->finish();
    std::filesystem::remove_all(settings_.out + "/jobs", ignored);
    return exit_code_.value_or(1);
}

void Conductor::take_turn() {
    jobs_.serve_for(turn);
    log_->poll(jobs_);
    for (const Json& order : log_->take_orders()) { note_order(order); }
    for (int trainer = 0; trainer < settings_.trainers; ++trainer) { hear_lead(trainer); }
    decide_standings();
    finish_where_all_saved();
    for (const TrainerEnd& end : jobs_.take_ends()) { hear_end(end); }
}

/// What a trainer that is started again has to know of what was ordered before.
void Conductor::note_order(const Json& order) {
    if (order.contains("snapshot")) {
        snapshot_order_ = order;
    } else if (order.contains("cancel")) {
        snapshot_order_ = Json();
    } else if (order.contains("leave")) {
        exit_code_ = order.at("leave").get<int>();
    }
}

// At the end a trainer tells its standing, is told all, and tells when it has saved what is asked
// for. One that is started again tells all of that again.
void Conductor::hear_lead(int trainer) {
    while (const auto text = jobs_.poll(trainer, Channel::end)) {
        const Json message = Json::parse(*text);
        if (message.contains("state")) {
            saved_rounds_[static_cast<std::size_t>(trainer)] = message.at("state");
        } else if (message.contains("saved")) {
            saved_.insert(trainer);
            test_ = message.value("test", test_);
        } else {
            standings_[trainer] = message;
            if (decided_.empty()) { continue; }
            jobs_.post(trainer, Channel::end, Json{{"standings", decided_}}.dump());
        }
    }
}

void Conductor::decide_standings() {
    const std::size_t players = layout_.size() - lost_.size();
    if (!decided_.empty() || standings_.size() < players || exit_code_) { return; }
    for (const auto& [trainer, standing] : standings_) { decided_.push_back(standing); }
    sort_standings(decided_, tournament::parse_metric(settings_.metric));
    saved_.clear();
    for (const auto& [trainer, standing] : standings_) {
        jobs_.post(trainer, Channel::end, Json{{"standings", decided_}}.dump());
    }
}

void Conductor::finish_where_all_saved() {
    const bool is_over = !decided_.empty() && saved_.size() >= standings_.size() &&
                         !test_.is_null() && log_->is_finished();
    if (!is_over || exit_code_) { return; }
    exit_code_ = write_result({settings_, inputs_, *maker_}, *log_, Json(decided_), test_);
    for (const auto& [trainer, standing] : standings_) {
        jobs_.post(trainer, Channel::end, Json{{"end", true}}.dump());
    }
}

void Conductor::hear_end(const TrainerEnd& end) {
    if (exit_code_) { return; }
    if (!end.in_order) { return hear_death(end); }
    // It has said itself why.
    exit_code_ = end.exit_code == 0 ? 1 : end.exit_code;
    is_broken_ = true;
}

void Conductor::hear_death(const TrainerEnd& end) {
    if (is_lost(end.trainer)) { return; }
    if (settings_.on_trainer_loss == "restart" && restarts_ < settings_.max_restarts) {
        return restart(end);
    }
    if (settings_.on_trainer_loss != "restart" && lost_.size() + 1 < layout_.size()) {
        lost_.insert(end.trainer);
        jobs_.tell_lost(end.trainer, end.why);
        log_->note_loss(jobs_, {.trainer = end.trainer, .why = end.why});
        standings_.erase(end.trainer);
        // Whoever is best now may have to score the test role still.
        const bool was_best = !decided_.empty() && decided_.front().at("trainer") == end.trainer;
        if (was_best && test_.is_null()) { decided_.clear(); }
        std::erase_if(decided_,
                      [&](const Json& standing) { return standing.at("trainer") == end.trainer; });
        saved_.erase(end.trainer);
        return;
    }
    say(fmt::format("trainer {} was lost: {} (go on with --resume auto)", end.trainer, end.why));
    exit_code_ = 1;
    is_broken_ = true;
}

void Conductor::restart(const TrainerEnd& end) {
    ++restarts_;
    ++incarnations_[static_cast<std::size_t>(end.trainer)];
    // A batch system may hold the cores of a dead node or step for longer than we wait.
    if (!end.has_called) { squeezed_in_.insert(end.trainer); }
    const std::string message = fmt::format(
        "trainer {} was lost: {} (starting it again; the others go on)", end.trainer, end.why);
    say(message);
    Json event = maker_->make("failure", {});
    event["what"] = "trainer restarted";
    event["message"] = message;
    event["restarted_trainer"] = end.trainer;
    log_->append({event});
    fault::disarm();
    start_trainer(end.trainer);
}

}  // namespace

int conduct_trainers(const Settings& settings, const std::vector<std::string>& arguments) {
    hand_on_settings(settings);
    std::signal(SIGHUP, [](int) { note_signal(SIGTERM); });
    // Jobs can't agree on it, some of them being started later: the hosts are alike in this.
    Settings agreed = settings;
    agreed.precision =
        trainer::name_of(trainer::parse_precision(settings.precision, settings.engine));
    return Conductor(agreed, arguments).run();
}

}  // namespace ltfb::orchestrator
