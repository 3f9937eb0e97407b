#include "orchestrator/round_recorder.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "core/mpi.hpp"
#include "orchestrator/signals.hpp"

namespace ltfb::orchestrator {

Json to_json(const trainer::Metrics& metrics) {
    return {{"mse", to_json_number(metrics.mse)},
            {"mae", to_json_number(metrics.mae)},
            {"r2", to_json_number(metrics.r2)},
            {"pearson", to_json_number(metrics.pearson)},
            {"samples", metrics.samples}};
}

namespace {

Json eval_event(const EventMaker& maker, const EventSubject& subject, const TrainedRound& round) {
    Json event = maker.make("eval", subject);
    event["split"] = "tournament";
    event.update(to_json(round.own));
    const auto& trained = round.trained;
    event["train_loss"] = to_json_number(trained.mean_loss);
    event["lr"] = round.lr;
    event["steps"] = trained.steps;
    event["trained_samples"] = trained.samples;
    event["hyperparameters"] = round.hyperparameters;
    event["train_s"] = trained.seconds;
    event["samples_per_s"] =
        trained.seconds > 0.0 ? static_cast<double>(trained.samples) / trained.seconds : 0.0;
    return event;
}

Json tournament_event(const EventMaker& maker,
                      const EventSubject& subject,
                      const tournament::MatchRecord& record,
                      tournament::Metric metric) {
    Json event = maker.make("tournament", subject);
    event["opponent"] = *record.opponent;
    event["metric"] = tournament::to_text(metric);
    event["own_score"] = to_json_number(record.own_score);
    event["challenger_score"] = to_json_number(record.challenger_score);
    event["own_score_there"] = to_json_number(record.own_score_there);
    event["challenger_score_there"] = to_json_number(record.challenger_score_there);
    event["margin"] = to_json_number(record.verdict.margin);
    event["t_statistic"] = to_json_number(record.comparison.t_statistic);
    event["p_value"] = to_json_number(record.comparison.p_value);
    event["reason"] = tournament::to_text(record.verdict.reason);
    event["adopted"] = record.verdict.adopted();
    event["agreed"] = record.agreed;
    event["forfeit"] = record.forfeit;
    event["bytes"] = record.bytes;
    event["exchange_s"] = record.exchange_s;
    event["eval_s"] = record.eval_s;
    event["wait_s"] = record.wait_s;
    return event;
}

Json adopt_event(const EventMaker& maker,
                 const EventSubject& subject,
                 const tournament::Adoption& adoption) {
    Json event = maker.make("adopt", subject);
    event["lineage"] = adoption.from_lineage;
    event["step"] = adoption.card.step;
    event["from_trainer"] = adoption.from_trainer;
    event["from_lineage"] = adoption.from_lineage;
    event["digest_sent"] = to_hex(adoption.digest_sent);
    event["digest_received"] = to_hex(adoption.digest_received);
    event["optimizer_state"] = adoption.exchange == tournament::Exchange::weights_and_moments;
    event["hyperparameters"] = adoption.card.hyperparameters;
    return event;
}

Json explore_event(const EventMaker& maker,
                   const EventSubject& subject,
                   const std::optional<tournament::Adoption>& adoption,
                   const Explored& explored) {
    Json event = maker.make("explore", subject);
    if (adoption) {
        event["lineage"] = adoption->from_lineage;
        event["step"] = adoption->card.step;
    }
    event["key"] = explored.change.key;
    event["operator"] = tournament::to_text(explored.change.op);
    event["old"] = explored.change.old_value;
    event["new"] = explored.change.new_value;
    event["live"] = explored.live;
    return event;
}

}  // namespace

std::vector<Json> events_of(const EventMaker& maker,
                            const EventSubject& subject,
                            const TrainedRound& round,
                            const tournament::MatchRecord& record,
                            std::span<const Explored> explored,
                            tournament::Metric metric) {
    std::vector<Json> events{eval_event(maker, subject, round)};
    if (record.opponent) { events.push_back(tournament_event(maker, subject, record, metric)); }
    if (record.adoption) { events.push_back(adopt_event(maker, subject, *record.adoption)); }
    for (const Explored& one : explored) {
        events.push_back(explore_event(maker, subject, record.adoption, one));
    }
    return events;
}

RootLog::RootLog(const Settings& settings,
                 const EventMaker& maker,
                 const LogPosition& start,
                 SnapshotKeeper::Plan snapshots,
                 std::unique_ptr<server::StatusServer> server,
                 int first_sender)
    : settings_(settings),
      maker_(maker),
      trainers_(snapshots.trainers),
      file_(settings.out + "/events.jsonl", start),
      collector_(trainers_, snapshots.common.round + 1),
      progress_(settings),
      snapshots_(std::move(snapshots)),
      time_limit_(settings, TimeLimit::Clock::now()),
      server_(std::move(server)),
      first_sender_(first_sender),
      loss_keeper_(trainers_) {}

void RootLog::warn(const std::string& what) {
    std::fputs(fmt::format("ltfb-run: warning: {}\n", what).c_str(), stderr);
    progress_.make_room();
}

void RootLog::append(std::vector<Json> events) {
    for (const Json& event : events) { progress_.note(event); }
    file_.append(events);
}

void RootLog::take(const Json& message, int from) {
    const bool is_tick = message.contains("at") && message.contains("samples_per_s");
    if (!is_tick) { ++messages_taken_; }
    if (message.contains("part")) {
        snapshots_.take(PartReport::from_json(message.at("part")));
    } else if (message.contains("late")) {
        snapshots_.take_late(message.at("late"));
    } else if (is_tick) {
        progress_.tick(message.at("round"), message.at("at"), message.at("samples_per_s"));
    } else if (message.contains("lost")) {
        loss_keeper_.take(message, from);
    } else {
        take_report(RoundReport::from_json(message));
    }
}

void RootLog::take_report(RoundReport report) {
    ++reports_taken_;
    has_ended_trainer_ = has_ended_trainer_ || report.is_last;
    if (report.is_last && report.stop_reason != "peer") { stop_reason_ = report.stop_reason; }
    snapshots_.note_report(report.round, report.is_last);
    collector_.take(std::move(report));
    release_rounds();
}

void RootLog::release_rounds() {
    for (auto events = collector_.release(); !events.empty(); events = collector_.release()) {
        file_.append(events);
        progress_.show_round(collector_.next_round() - 1, events);
        snapshots_.note_release(
            collector_.next_round() - 1,
            {.log = file_.position(), .elapsed_s = maker_.elapsed_s(), .standings = standings()});
        time_limit_.note_round(TimeLimit::Clock::now());
        write_status();
    }
}

void RootLog::poll(tournament::Transport& transport) {
    for (int trainer = first_sender_; trainer < trainers_; ++trainer) {
        take_messages(transport, trainer);
    }
    hear_signals();
    snapshots_.tick(
        std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(),
        file_.write_backlog());
    for (auto& [name, fields] : snapshots_.take_events()) {
        if (fields.contains("message")) { warn(fields.at("message").get<std::string>()); }
        Json event = maker_.make(name, {});
        event.update(fields);
        append({std::move(event)});
    }
    std::vector<Json> orders = loss_keeper_.take_orders();
    std::ranges::move(snapshots_.take_orders(), std::back_inserter(orders));
    for (Json& order : orders) {
        for (int trainer = first_sender_; trainer < trainers_; ++trainer) {
            transport.post(trainer, tournament::Channel::control, order.dump());
        }
        own_orders_.push_back(std::move(order));
    }
}

void RootLog::take_messages(tournament::Transport& transport, int trainer) {
    while (const auto text = transport.poll(trainer, tournament::Channel::events)) {
        take(Json::parse(*text), trainer);
    }
}

// What a dead trainer had sent is here by now, or will never be: it counts as lost from the first
// round that it hasn't reported.
void RootLog::note_loss(tournament::Transport& transport, const Loss& loss) {
    take_messages(transport, loss.trainer);
    transport.forget(loss.trainer);
    const int round = collector_.next_round_of(loss.trainer);
    const bool stops = settings_.on_trainer_loss == "stop";
    const std::string message =
        fmt::format("trainer {} was lost in round {}: {} ({})",
                    loss.trainer,
                    round,
                    loss.why,
                    stops ? "the others save a snapshot and leave" : "the others go on");
    warn(message);
    losses_.push_back({{"trainer", loss.trainer}, {"round", round}, {"message", message}});
    Json event = maker_.make("failure", {.round = round, .trainer = loss.trainer});
    event["what"] = "trainer lost";
    event["message"] = message;
    loss_keeper_.note_loss(loss.trainer);
    snapshots_.note_loss(loss.trainer);
    if (!collector_.take_loss(loss.trainer, event)) { append({event}); }
    ++reports_taken_;
    release_rounds();
    if (stops) { snapshots_.request_leave(exit_code_of(SIGTERM)); }
}

void RootLog::hear_signals() {
    if (is_finished()) { return; }  // it ends anyway, and run_end is the log's last word
    const auto log = [&](const char* name, int exit_code) {
        Json event = maker_.make("signal", {.round = collector_.next_round() - 1});
        event["name"] = name;
        event["exit"] = exit_code;
        append({std::move(event)});
    };
    if (take_snapshot_signal()) {
        log("SIGUSR1", 0);
        snapshots_.request_snapshot();
    }
    int leave = take_leave_signal();
    if (snapshots_.is_leaving()) { return; }
    if (leave == 0 && time_limit_.is_up(TimeLimit::Clock::now(), snapshots_.cost_s())) {
        leave = SIGALRM;
    }
    if (leave == 0) { return; }
    log(signal_name(leave), exit_code_of(leave));
    snapshots_.request_leave(exit_code_of(leave));
}

void RootLog::await_all(tournament::Transport& transport, double limit_s) {
    while (!collector_.is_finished()) {
        const std::uint64_t before = reports_taken_;
        const auto has_news = [&] {
            poll(transport);
            return reports_taken_ != before;
        };
        const std::vector<int> missing = collector_.missing();
        const mpi::Deadline wait{
            .limit_s = limit_s,
            .what = fmt::format("trainer 0 seat 0, after its last round: waiting for round {} of "
                                "trainers {}",
                                collector_.next_round(),
                                fmt::join(missing, ","))};
        mpi::wait_until(has_news, wait);
    }
}

Json RootLog::standings() const {
    Json standings = Json::array();
    for (const Standing& standing : progress_.standings()) {
        standings.push_back({{"trainer", standing.trainer},
                             {"score", to_json_number(standing.score)},
                             {"lineage", standing.lineage},
                             {"lr", standing.lr},
                             {"samples", standing.samples},
                             {"adoptions", standing.adoptions}});
    }
    return standings;
}

void RootLog::write_status() {
    const Json status{{"schema", 1},
                      {"run_id", maker_.run_id()},
                      {"t_rel_s", maker_.elapsed_s()},
                      {"round", collector_.next_round() - 1},
                      {"rounds", settings_.rounds},
                      {"metric", settings_.metric},
                      {"samples_per_s", progress_.samples_per_s()},
                      {"standings", standings()},
                      {"lost_trainers", losses_}};
    try {
        write_atomically(settings_.out + "/status.json", status.dump(2) + "\n");
        is_status_warned_ = false;
    } catch (const Error& error) {
        if (!std::exchange(is_status_warned_, true)) { warn(error.what()); }
    }
}

}  // namespace ltfb::orchestrator
