#include "orchestrator/population.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/training_settings.hpp"

namespace ltfb::orchestrator {

namespace {

// Between these the root takes reports and draws progress; fixed, so that equal runs do alike.
constexpr std::uint64_t stretches_per_round = 32;

constexpr const char* text_of(StopReason reason) {
    switch (reason) {
        case StopReason::none:
            return "";
        case StopReason::rounds:
            return "rounds";
        case StopReason::max_samples:
            return "max-samples";
        case StopReason::target_score:
            return "target-score";
        case StopReason::max_seconds:
            return "max-seconds";
        case StopReason::peer:
            return "peer";
        case StopReason::leave:
            return "signal";
    }
    return "";
}

/// Two stretches of training as one; mean losses are weighted by samples.
trainer::TrainReport sum_of(const trainer::TrainReport& a, const trainer::TrainReport& b) {
    const std::uint64_t samples = a.samples + b.samples;
    const double loss_sum =
        a.mean_loss * static_cast<double>(a.samples) + b.mean_loss * static_cast<double>(b.samples);
    return {.steps = a.steps + b.steps,
            .samples = samples,
            .mean_loss = loss_sum / static_cast<double>(std::max<std::uint64_t>(1, samples)),
            .seconds = a.seconds + b.seconds};
}

}  // namespace

Population::Population(const Settings& settings,
                       const Layout& layout,
                       const Inputs& inputs,
                       const EventMaker& events,
                       Station station)
    : settings_(settings),
      layout_(layout),
      events_(events),
      station_(std::move(station)),
      root_log_(station_.root_log),
      line_(station_.line),
      transport_(station_.transport),
      players_(layout.trainers()),
      trainer_(layout.seats.split(0, layout.seats.rank()),
               *inputs.samples,
               inputs.share.train,
               training_settings(settings, inputs.samples->shape(), layout),
               initial_hyperparameters(settings, layout.trainer)),
      explorer_(settings, layout.trainer),
      contestant_(trainer_,
                  *inputs.samples,
                  inputs.share.tournament,
                  tournament::parse_metric(settings.metric),
                  layout.trainer,
                  explorer_),
      match_(contestant_, transport_, match_rule(), layout.trainer),
      decisions_(settings, layout, transport_, match_, trainer_, explorer_),
      target_score_(parse_target_score(settings.target_score)),
      snapshots_(settings, layout.trainer, layout.seats, trainer_, root_line(), station_.states) {}

tournament::MatchRule Population::match_rule() {
    tournament::MatchRule rule{.metric = tournament::parse_metric(settings_.metric),
                               .win = tournament::parse_win_rule(settings_.win),
                               .exchange = settings_.exchange == "weights"
                                               ? tournament::Exchange::weights
                                               : tournament::Exchange::weights_and_moments,
                               .overlaps = settings_.exchange_steps > 0,
                               .deadline_s = settings_.deadline_s,
                               .while_waiting = [this] { attend(); }};
    if (line_ != nullptr) {
        rule.is_lost = [this](int trainer) { return line_->is_lost(trainer); };
        rule.accuse = [this](int trainer) { line_->accuse(trainer, settings_.deadline_s); };
    }
    return rule;
}

// Rounds need no common clock: a trainer meets only its opponent, and whoever is not paired with
// it never waits for it. A trainer that stops says so to all; the others stop at the same round,
// or at once where they are already past it. The root collects what all report, without waiting,
// until it has itself stopped.
std::optional<int> Population::run() {
    for (int round = first_round_; play_round(round) == StopReason::none; ++round) {}
    snapshots_.finish();
    if (root_log_ != nullptr && !exit_code_) {
        root_log_->await_all(transport_, settings_.deadline_s);
    }
    await_idle();
    return exit_code_;
}

void Population::await_idle() {
    const auto is_idle = [&] {
        if (layout_.is_lead()) { attend(); }
        return transport_.is_idle();
    };
    mpi::wait_until(is_idle,
                    {.limit_s = settings_.deadline_s,
                     .what = fmt::format("trainer {} seat {}, after its last round: waiting for "
                                         "others to take its last messages",
                                         layout_.trainer,
                                         layout_.seats.rank())});
}

void Population::restore(const std::string& path, StateOf kind) {
    const TrainerState state =
        read_snapshot_file(path, trainer_.weights(), trainer_.moments(), trainer_.shard());
    trainer_.share_weights();
    contestant_.set_card(
        {.step = state.step, .lineage = state.lineage, .hyperparameters = state.hyperparameters});
    trainer_.progress().samples = state.drawn;
    totals_ = {.samples = state.trained_samples,
               .train_s = state.train_s,
               .tournament_s = state.tournament_s};
    restore_memory(state.memory, state.round, kind);
    first_round_ = state.round + 1;
    snapshots_.start_at(first_round_);
    if (kind == StateOf::own) { snapshots_.note_state(state.round); }
    const std::uint64_t digest = trainer_.digest();
    if (digest != state.digest) {
        throw Error(
            fmt::format("{}: trainer {} has digest {} now, but {} was saved (a defect of "
                        "ltfb-run, or of this machine's memory)",
                        path,
                        layout_.trainer,
                        to_hex(digest),
                        to_hex(state.digest)));
    }
}

Json Population::memory() const {
    Json memory = {{"decisions", decisions_.memory()},
                   {"ahead",
                    {{"steps", ahead_.steps},
                     {"samples", ahead_.samples},
                     {"mean_loss", to_json_number(ahead_.mean_loss)},
                     {"seconds", ahead_.seconds}}}};
    if (station_.states.is_in_use()) {
        memory["sent"] = station_.states.memory();
        memory["report"] = last_report_;
    }
    return memory;
}

void Population::restore_memory(const Json& memory, int round, StateOf kind) {
    if (station_.states.is_in_use()) {
        station_.states.restored(kind == StateOf::own ? memory : Json(), round);
    }
    decisions_.restore(memory.at("decisions"), round);
    const Json& ahead = memory.at("ahead");
    ahead_ = {.steps = ahead.at("steps"),
              .samples = ahead.at("samples"),
              .mean_loss = from_json_number(ahead.at("mean_loss")),
              .seconds = ahead.at("seconds")};
}

RootLine Population::root_line() {
    const auto orders = [this] {
        if (line_ != nullptr) { line_->mark_alive(); }
        std::vector<Json> heard = hear_root();
        const auto others = std::ranges::stable_partition(heard, Players::is_order);
        for (auto order = heard.begin(); order != others.begin(); ++order) { hear_loss(*order); }
        heard.erase(heard.begin(), others.begin());
        return heard;
    };
    return {.orders = orders, .tell = [this](const Json& message) { tell_root(message); }};
}

std::vector<Json> Population::hear_root() {
    if (root_log_ != nullptr) {
        root_log_->poll(transport_);
        return root_log_->take_orders();
    }
    std::vector<Json> heard;
    while (const auto text = transport_.poll(0, tournament::Channel::control)) {
        heard.push_back(Json::parse(*text));
    }
    return heard;
}

void Population::tell_root(const Json& message) {
    if (root_log_ != nullptr) {
        root_log_->take(message, layout_.trainer);
    } else {
        transport_.post(0, tournament::Channel::events, message.dump());
    }
}

void Population::hear_loss(const Json& order) {
    const bool is_settled = order.contains("gone");
    const int lost = order.at(is_settled ? "gone" : "lost");
    transport_.forget(lost);
    if (const auto answer = players_.hear(order, decisions_.standings_of(lost))) {
        tell_root(*answer);
    }
    if (!is_settled) { return; }
    decisions_.note_standings(lost, order.at("standings"));
    decisions_.note_gone(lost);
}

// The lead seat alone hears of losses; whom the trainer meets, all seats must see alike. Between a
// loss and the agreement on its round no part in a further round is learnt.
tournament::Meeting Population::agree_meeting(int round) {
    std::vector<int> players(static_cast<std::size_t>(layout_.trainers()));
    std::iota(players.begin(), players.end(), 0);
    if (line_ == nullptr) { return decisions_.meeting_in(round, players); }
    const mpi::Deadline wait{
        .limit_s = (layout_.is_lead() ? 2.0 : 2.5) * settings_.deadline_s + 5.0,
        .what = fmt::format("trainer {} seat {}, round {}: waiting for all trainers to agree on "
                            "the round in which one was lost",
                            layout_.trainer,
                            layout_.seats.rank(),
                            round)};
    std::string text;
    if (layout_.is_lead()) {
        const auto may_go_on = [&] {
            attend();
            return players_.may_go_on();
        };
        mpi::wait_until(may_go_on, wait);
        text = Json(players_.enter(round)).dump();
    }
    players = Json::parse(mpi::broadcast(layout_.seats, text, 0, wait)).get<std::vector<int>>();
    return decisions_.meeting_in(round, players);
}

void Population::save_where_due(int round, StopReason& stop) {
    if (stop != StopReason::none) { return; }
    exit_code_ = snapshots_.after_round({.trainer = layout_.trainer,
                                         .round = round,
                                         .step = trainer_.progress().step,
                                         .drawn = trainer_.progress().samples,
                                         .lineage = contestant_.lineage(),
                                         .hyperparameters = trainer_.hyperparameters().as_map(),
                                         .trained_samples = totals_.samples,
                                         .train_s = totals_.train_s,
                                         .tournament_s = totals_.tournament_s,
                                         .memory = memory()});
    if (exit_code_) { stop = StopReason::leave; }
}

StopReason Population::play_round(int round) {
    trainer_.enter_round(round);
    trainer::TrainReport trained = std::exchange(ahead_, {});
    StopReason stop = train_locally(round, trained);
    const bool plays = stop == StopReason::none;
    if (!plays && layout_.is_lead()) { match_.announce_stop(round, layout_.trainers()); }

    const auto start = std::chrono::steady_clock::now();
    const TrainedRound before{.trained = trained,
                              .own = {},
                              .hyperparameters = trainer_.hyperparameters().as_map(),
                              .lr = trainer_.hyperparameters().lr};
    const auto subject = EventSubject{.round = round,
                                      .trainer = layout_.trainer,
                                      .lineage = contestant_.lineage(),
                                      .step = trainer_.progress().step};
    const auto part = plays ? agree_meeting(round) : tournament::Meeting{};
    match_.begin(round, part, part.partner < 0 ? 0 : layout_.seats_of(part.partner));
    const bool is_last = round + 1 >= settings_.rounds;
    if (plays && !is_last) { train_meanwhile(); }
    const auto record = match_.finish();
    const auto explored = decisions_.explore(round, before.hyperparameters, record);
    const std::chrono::duration<double> played = std::chrono::steady_clock::now() - start;
    totals_.tournament_s += played.count() - ahead_.seconds;
    if (plays) { decisions_.post_standing(round); }

    if (plays) {
        stop = reason_to_stop_after(round, record);
        const bool is_early = stop != StopReason::none && stop != StopReason::rounds;
        if (is_early && layout_.is_lead()) { match_.announce_stop(round + 1, layout_.trainers()); }
    }
    report(subject, before, record, explored, stop);
    save_where_due(round, stop);
    return stop;
}

void Population::train_meanwhile() {
    for (int i = 0; i < settings_.exchange_steps; ++i) {
        ahead_ = sum_of(ahead_, trainer_.train(1));
        match_.advance();
    }
}

StopReason Population::train_locally(int round, trainer::TrainReport& trained) {
    const std::uint64_t steps = settings_.steps_per_round;
    StopReason stop = StopReason::none;
    for (std::uint64_t i = 0; i < stretches_per_round && stop == StopReason::none; ++i) {
        const std::uint64_t end = steps * (i + 1) / stretches_per_round;
        if (end <= trained.steps) { continue; }
        trained = sum_of(trained, trainer_.train(end - trained.steps));
        stop = reason_to_stop_early(round);
        if (layout_.is_lead()) { snapshots_.poll(); }
        if (layout_.is_lead() && layout_.trainer == 0) {
            const double rate =
                static_cast<double>(trained.samples) / std::max(1e-9, trained.seconds);
            tell_root({{"at", end}, {"round", round}, {"samples_per_s", rate}});
        }
    }
    totals_.samples += trained.samples;
    totals_.train_s += trained.seconds;
    return stop;
}

StopReason Population::agree(int round, StopReason lead_reason) const {
    const int reason = layout_.is_lead() ? static_cast<int>(lead_reason) : 0;
    return static_cast<StopReason>(
        mpi::max(layout_.seats,
                 reason,
                 {.limit_s = settings_.deadline_s,
                  .what = fmt::format("trainer {} seat {}, round {}: waiting for its other seats "
                                      "between steps",
                                      layout_.trainer,
                                      layout_.seats.rank(),
                                      round)}));
}

StopReason Population::reason_to_stop_early(int round) {
    StopReason reason = StopReason::none;
    if (layout_.is_lead()) {
        if (match_.first_stop(layout_.trainers()) <= round) { reason = StopReason::peer; }
        if (settings_.max_seconds > 0.0 && events_.elapsed_s() >= settings_.max_seconds) {
            reason = StopReason::max_seconds;
        }
    }
    return agree(round, reason);
}

StopReason Population::reason_to_stop_after(int round, const tournament::MatchRecord& record) {
    const auto metric = tournament::parse_metric(settings_.metric);
    // The population's limit, shared out: with equal batches all reach it in the same round.
    const auto trainers = static_cast<std::uint64_t>(layout_.trainers());
    if (round + 1 >= settings_.rounds) { return StopReason::rounds; }
    if (settings_.max_samples > 0 && totals_.samples * trainers >= settings_.max_samples) {
        return StopReason::max_samples;
    }
    const double score = record.adoption ? record.challenger_score : record.own_score;
    const bool has_target = !settings_.target_score.empty();
    if (has_target && !tournament::is_better(target_score_, score, metric)) {
        return StopReason::target_score;
    }
    return StopReason::none;
}

void Population::report(const EventSubject& subject,
                        TrainedRound trained,
                        const tournament::MatchRecord& record,
                        std::span<const Explored> explored,
                        StopReason stop) {
    if (!layout_.is_lead()) { return; }
    trained.own = trainer::metrics_of(match_.own_predictions(), contestant_.responses());
    RoundReport report{.trainer = layout_.trainer,
                       .round = subject.round,
                       .is_last = stop != StopReason::none,
                       .stop_reason = text_of(stop),
                       .events = events_of(events_,
                                           subject,
                                           trained,
                                           record,
                                           explored,
                                           tournament::parse_metric(settings_.metric))};
    last_report_ = report.to_json();
    tell_root(last_report_);
    snapshots_.poll();
}

}  // namespace ltfb::orchestrator
