#include "orchestrator/run_root.hpp"

#include <utility>

#include "orchestrator/results.hpp"
#include "orchestrator/run_log.hpp"
#include "tournament/judge.hpp"

namespace ltfb::orchestrator {

namespace {

using tournament::Channel;

double seconds_since_epoch() {
    return std::chrono::duration<double>(EventMaker::Clock::now().time_since_epoch()).count();
}

StartPoint prepared_start(const Settings& settings, const Inputs& inputs) {
    StartPoint start = find_start(settings);
    prepare_start(start, settings, *inputs.samples, true);
    return start;
}

}  // namespace

RunRoot::RunRoot(const Settings& settings)
    : settings_(settings),
      trainers_(static_cast<int>(layout_of(settings).size())),
      inputs_(open_inputs(settings, 0)),
      start_(prepared_start(settings, inputs_)),
      maker_(maker_of(settings, inputs_, start_)),
      log_(open_log(settings, inputs_, maker_, start_, 0)),
      saved_rounds_(static_cast<std::size_t>(trainers_), -1) {}

JobStart RunRoot::job_start() const {
    return {.run_id = maker_.run_id(),
            .start_s = seconds_since_epoch() - maker_.elapsed_s(),
            .snapshot_round = start_.first_round() - 1,
            .engine = settings_.engine,
            .precision = settings_.precision};
}

void RunRoot::take_turn(TrainerLines& lines) {
    log_->poll(lines);
    for (const Json& order : log_->take_orders()) { note_order(order); }
    for (int trainer = 0; trainer < trainers_; ++trainer) { hear_lead(lines, trainer); }
    decide_standings(lines);
    finish_where_all_saved(lines);
    watch(lines);
}

/// What a trainer that is started again has to know of what was ordered before.
void RunRoot::note_order(const Json& order) {
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
void RunRoot::hear_lead(TrainerLines& lines, int trainer) {
    while (const auto text = lines.poll(trainer, Channel::end)) {
        const Json message = Json::parse(*text);
        ++news_;
        if (message.contains("state")) {
            saved_rounds_[static_cast<std::size_t>(trainer)] = message.at("state");
        } else if (is_lost(trainer)) {
            continue;
        } else if (message.contains("saved")) {
            saved_.insert(trainer);
            test_ = message.value("test", test_);
        } else {
            standings_[trainer] = message;
            if (decided_.empty()) { continue; }
            lines.post(trainer, Channel::end, Json{{"standings", decided_}}.dump());
        }
    }
}

void RunRoot::decide_standings(TrainerLines& lines) {
    const auto players = static_cast<std::size_t>(trainers_) - lost_.size();
    if (!decided_.empty() || standings_.size() < players || exit_code_) { return; }
    for (const auto& [trainer, standing] : standings_) { decided_.push_back(standing); }
    sort_standings(decided_, tournament::parse_metric(settings_.metric));
    saved_.clear();
    for (const auto& [trainer, standing] : standings_) {
        lines.post(trainer, Channel::end, Json{{"standings", decided_}}.dump());
    }
}

void RunRoot::finish_where_all_saved(TrainerLines& lines) {
    const bool is_over = !decided_.empty() && saved_.size() >= standings_.size() &&
                         !test_.is_null() && log_->is_finished();
    if (!is_over || exit_code_) { return; }
    exit_code_ = write_result({settings_, inputs_, maker_}, *log_, Json(decided_), test_);
    for (const auto& [trainer, standing] : standings_) {
        lines.post(trainer, Channel::end, Json{{"end", true}}.dump());
    }
}

bool RunRoot::lose(TrainerLines& lines, const Loss& loss) {
    if (exit_code_ || is_lost(loss.trainer)) { return true; }
    if (static_cast<int>(lost_.size()) + 1 >= trainers_) { return false; }
    lost_.insert(loss.trainer);
    log_->note_loss(lines, loss);
    standings_.erase(loss.trainer);
    // Whoever is best now has to score the test role.
    if (!decided_.empty() && decided_.front().at("trainer") == loss.trainer) {
        decided_.clear();
        test_ = Json();
    }
    std::erase_if(decided_,
                  [&](const Json& standing) { return standing.at("trainer") == loss.trainer; });
    saved_.erase(loss.trainer);
    return true;
}

void RunRoot::note_restart(TrainerLines& lines, int trainer, const std::string& message) {
    Json event = maker_.make("failure", {});
    event["what"] = "trainer restarted";
    event["message"] = message;
    event["restarted_trainer"] = trainer;
    log_->append({event});
    if (snapshot_order_.is_null()) { return; }
    lines.post(trainer, Channel::control, snapshot_order_.dump());
}

// Those that a trainer waits for it accuses itself, when the deadline has passed
// (tournament/match). Here is who waits for the root, because the root waits for another.
void RunRoot::watch(TrainerLines& lines) {
    const auto now = Clock::now();
    const std::uint64_t news = news_ + log_->messages_taken();
    if (std::exchange(watched_news_, news) != news) { last_news_ = now; }
    const std::vector<int> deaf = log_->unanswering();
    double limit_s = settings_.deadline_s / (deaf.empty() ? 1.0 : 2.0);
    // The slowest trainer may need as long again as the fastest took.
    if (log_->is_finished()) { limit_s += 2.0 * maker_.elapsed_s(); }
    const std::chrono::duration<double> silence = now - last_news_;
    if (silence.count() < limit_s || exit_code_) { return; }
    for (const int trainer : deaf.empty() ? awaited() : deaf) {
        lines.accuse(trainer, settings_.deadline_s);
    }
}

std::vector<int> RunRoot::awaited() const {
    if (!log_->is_finished()) {
        return log_->has_ended_trainer() ? log_->missing() : std::vector<int>();
    }
    std::vector<int> trainers;
    for (int trainer = 0; trainer < trainers_; ++trainer) {
        const bool is_done =
            decided_.empty() ? standings_.contains(trainer) : saved_.contains(trainer);
        if (!is_done && !is_lost(trainer)) { trainers.push_back(trainer); }
    }
    return trainers;
}

}  // namespace ltfb::orchestrator
