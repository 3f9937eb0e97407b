#include "orchestrator/round_recorder.hpp"

#include <utility>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "core/mpi.hpp"

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
    event["forfeit"] = false;
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
    event["optimizer_state"] = true;
    event["hyperparameters"] = adoption.card.hyperparameters;
    return event;
}

}  // namespace

std::vector<Json> events_of(const EventMaker& maker,
                            const EventSubject& subject,
                            const TrainedRound& round,
                            const tournament::MatchRecord& record,
                            tournament::Metric metric) {
    std::vector<Json> events{eval_event(maker, subject, round)};
    if (record.opponent) { events.push_back(tournament_event(maker, subject, record, metric)); }
    if (record.adoption) { events.push_back(adopt_event(maker, subject, *record.adoption)); }
    return events;
}

RootLog::RootLog(const Settings& settings, const EventMaker& maker, int trainers)
    : settings_(settings),
      maker_(maker),
      trainers_(trainers),
      file_(settings.out + "/events.jsonl"),
      collector_(trainers),
      progress_(settings) {}

void RootLog::append(std::vector<Json> events) {
    file_.append(events);
}

void RootLog::take(RoundReport report) {
    ++reports_taken_;
    if (report.is_last && report.stop_reason != "peer") { stop_reason_ = report.stop_reason; }
    collector_.take(std::move(report));
    for (auto events = collector_.release(); !events.empty(); events = collector_.release()) {
        file_.append(events);
        progress_.show_round(collector_.next_round() - 1, events);
        write_status();
    }
}

void RootLog::poll(tournament::Transport& transport) {
    for (int trainer = 1; trainer < trainers_; ++trainer) {
        while (const auto text = transport.poll(trainer, tournament::Channel::events)) {
            take(RoundReport::from_text(*text));
        }
    }
}

void RootLog::await_all(tournament::Transport& transport, double limit_s) {
    while (!collector_.is_finished()) {
        const std::uint64_t before = reports_taken_;
        const auto has_news = [&] {
            poll(transport);
            return reports_taken_ != before;
        };
        mpi::wait_until(has_news,
                        {.limit_s = limit_s,
                         .what = fmt::format("the root: waiting for round {} of all trainers",
                                             collector_.next_round())});
    }
}

void RootLog::write_status() const {
    Json standings = Json::array();
    double rate = 0.0;
    for (const Standing& standing : progress_.standings()) {
        rate += standing.samples_per_s;
        standings.push_back({{"trainer", standing.trainer},
                             {"score", to_json_number(standing.score)},
                             {"lineage", standing.lineage},
                             {"lr", standing.lr},
                             {"samples", standing.samples},
                             {"adoptions", standing.adoptions}});
    }
    write_atomically(settings_.out + "/status.json",
                     Json{{"schema", 1},
                          {"run_id", maker_.run_id()},
                          {"t_rel_s", maker_.elapsed_s()},
                          {"round", collector_.next_round() - 1},
                          {"rounds", settings_.rounds},
                          {"metric", settings_.metric},
                          {"samples_per_s", rate},
                          {"standings", standings}}
                             .dump(2) +
                         "\n");
}

}  // namespace ltfb::orchestrator
