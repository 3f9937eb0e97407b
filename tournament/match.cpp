#include "tournament/match.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/fault.hpp"
#include "core/stopwatch.hpp"
#include "tournament/patience.hpp"

namespace ltfb::tournament {

namespace {

std::vector<double> losses_of(std::span<const float> predictions,
                              std::span<const float> responses,
                              Metric metric) {
    std::vector<double> losses(predictions.size());
    std::transform(predictions.begin(),
                   predictions.end(),
                   responses.begin(),
                   losses.begin(),
                   [metric](double prediction, double response) {
                       const double error = prediction - response;
                       return metric == Metric::mae ? std::abs(error) : error * error;
                   });
    return losses;
}

/// Stands for a message of the partner that will not come.
constexpr const char* lost_notice = "lost";

std::vector<int> ranks_of(const mpi::Comm& comm) {
    std::vector<int> ranks(static_cast<std::size_t>(comm.size()));
    std::iota(ranks.begin(), ranks.end(), 0);
    return ranks;
}

std::span<std::byte> bytes_of(std::span<float> values) {
    return std::as_writable_bytes(values);
}

bool is_finite(std::span<const float> values) {
    return std::all_of(
        values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

Match::Match(Contestant& contestant, Transport& transport, const MatchRule& rule, int trainer)
    : contestant_(contestant),
      transport_(transport),
      rule_(rule),
      trainer_(trainer),
      swap_(transport, contestant.comm(), contestant.weights().size()),
      seats_(contestant.comm(), ranks_of(contestant.comm())),
      buffers_(
          contestant, swap_.shard(), rule.exchange == Exchange::weights_and_moments, rule.overlaps),
      stops_(transport, trainer) {}

MatchRecord Match::play(int round, const Meeting& part, int partner_seats) {
    begin(round, part, partner_seats);
    return finish();
}

// The order of a match. Sending never waits for anything but the partner:
//  1. Post the own card (step, lineage, hyperparameters, news).
//  2. Score the own model and compute its digest. As soon as the partner's card is here, which the
//     lead seat tells the others, seats swap weights, so that these travel meanwhile. Where the
//     trainer is to make steps before the match goes on, its seats have kept their shards as they
//     were: these are what travels.
//  3. Wait for the partner's card; one that has stopped sends none, and the trainer rests. One that
//     dies, now or later, loses: the trainer keeps its model. Every wait ends then.
//  4. Finish swapping: every seat received its shard of the challenger, the trainer gathers them.
//  5. Score the challenger on the same samples and judge, unless the trainer's part was decided
//     before. All seats see the same predictions, so they reach the same verdict.
//  6. Swap verdicts, with the digest of the own model.
//  7. Send moments to a partner that adopts; receive them if this trainer does. What is sent is
//     never overwritten before it has left: both may adopt.
//  8. Adopt. The digest of what is held now must be the one that the sender computed.
void Match::begin(int round, const Meeting& part, int partner_seats) {
    transport_.enter_round(round);
    encounter_ = {};
    encounter_.round = round;
    encounter_.part = part;
    encounter_.partner_seats = partner_seats;
    if (part.kind == Meeting::Kind::rest) {
        score_own();
        return;
    }
    {
        const Stopwatch watch(encounter_.record.exchange_s);
        fault::at(fault::before_send, place(), bytes_of(buffers_.own_shard()));
        buffers_.keep_own();
        post_card();
    }
    score_own();
    const Stopwatch watch(encounter_.record.exchange_s);
    encounter_.own_digest = contestant_.digest(rule_.exchange);
}

void Match::advance() {
    if (encounter_.part.kind == Meeting::Kind::rest) { return; }
    if (!encounter_.opening) { poll_card(); }
    swap_.test();
}

MatchRecord Match::finish() {
    MatchRecord& record = encounter_.record;
    if (encounter_.part.kind == Meeting::Kind::rest) { return record; }
    {
        const Stopwatch watch(record.wait_s);
        if (!await_card()) { return encounter_.is_lost ? win_by_forfeit() : record; }
    }
    {
        const Stopwatch watch(record.exchange_s);
        if (!await_swap("the opponent's weights")) { return win_by_forfeit(); }
        fault::at(fault::in_receive, place(), bytes_of(buffers_.weights_shard()));
        swap_.gather(buffers_.weights(), deadline("its seats' parts of a challenger"));
    }
    record.opponent = encounter_.part.partner;
    judge_challenger();
    {
        const Stopwatch watch(record.wait_s);
        if (!swap_verdicts()) { return win_by_forfeit(); }
    }
    const Stopwatch watch(record.exchange_s);
    if (!exchange_moments()) { return win_by_forfeit(); }
    if (record.verdict.adopted()) { adopt(); }
    record.bytes = (1 + (record.verdict.adopted() ? buffers_.moments().size() : 0)) *
                   buffers_.weights().size() * sizeof(float);
    return record;
}

void Match::score_own() {
    const Stopwatch watch(encounter_.record.eval_s);
    own_predictions_ = contestant_.predict(contestant_.weights(), [this] { advance(); });
    encounter_.record.own_score = contestant_.score(own_predictions_);
}

fault::Place Match::place() const {
    return {.trainer = trainer_, .round = encounter_.round, .seat = contestant_.comm().rank()};
}

void Match::post_card() {
    if (!is_lead()) { return; }
    const CardMessage message{
        .round = encounter_.round, .card = contestant_.card(), .news = contestant_.news()};
    transport_.post(encounter_.part.partner, Channel::card, message.to_text());
}

std::string Match::share(std::string text) const {
    return mpi::broadcast(contestant_.comm(), std::move(text), 0, deadline("its lead seat"));
}

void Match::tell_seats(Channel channel, const std::string& text) {
    for (int seat = 1; seat < contestant_.comm().size(); ++seat) {
        seats_.post(seat, channel, text);
    }
}

void Match::poll_card() {
    const auto text = is_lead() ? transport_.poll(encounter_.part.partner, Channel::card)
                                : seats_.poll(0, Channel::card);
    if (!text) { return; }
    if (is_lead()) { tell_seats(Channel::card, *text); }
    take_card(*text);
}

void Match::poll_leave(bool was_lost) {
    if (!is_lead()) {
        const auto told = seats_.poll(0, Channel::stop);
        encounter_.has_left = told.has_value();
        encounter_.is_lost = told == lost_notice;
        return;
    }
    attend_meanwhile();
    const bool has_stopped = stops_.has_left(encounter_.part.partner, encounter_.round);
    encounter_.is_lost = was_lost && !has_stopped;
    encounter_.has_left = was_lost || has_stopped;
    if (encounter_.has_left) {
        tell_seats(Channel::stop, encounter_.is_lost ? lost_notice : "left");
    }
}

bool Match::await_card() {
    const auto is_answered = [&] {
        const bool was_lost = is_partner_lost();  // asked first: it may have sent its card before
        advance();
        if (!encounter_.opening) { poll_leave(was_lost); }
        return encounter_.opening || encounter_.has_left;
    };
    await_partner(is_answered, "the opponent's card");
    if (encounter_.opening) { contestant_.hear(encounter_.opening->news); }
    return encounter_.opening.has_value();
}

void Match::await_partner(const std::function<bool()>& is_done, const char* phase) {
    const auto accuse_partner = [&] { rule_.accuse(encounter_.part.partner); };
    wait_patiently(
        is_done, deadline(phase), rule_.accuse ? accuse_partner : std::function<void()>());
}

bool Match::is_partner_lost() const {
    return rule_.is_lost && rule_.is_lost(encounter_.part.partner);
}

bool Match::all_seats(bool is_so) const {
    return mpi::max(contestant_.comm(), is_so ? 0 : 1, deadline("its own seats")) == 0;
}

/// Whether all that was started is complete, on every seat; false where the partner died before.
bool Match::await_swap(const char* phase) {
    bool is_complete = false;
    const auto is_over = [&] {
        const bool was_lost = is_partner_lost();
        is_complete = swap_.test();
        if (is_lead()) { attend_meanwhile(); }
        return is_complete || was_lost;
    };
    await_partner(is_over, phase);
    return !rule_.is_lost || all_seats(is_complete);
}

MatchRecord Match::win_by_forfeit() {
    MatchRecord& record = encounter_.record;
    if (!swap_.test()) {
        swap_.abandon();
        buffers_.abandon();
    }
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    record.opponent = encounter_.part.partner;
    record.forfeit = true;
    record.challenger_score = record.own_score_there = record.challenger_score_there = nothing;
    record.comparison = {};
    record.verdict = judge(record.own_score, nothing, {}, rule_.win, rule_.metric);
    record.agreed = false;
    return record;
}

void Match::take_card(const std::string& text) {
    encounter_.opening = CardMessage::from_text(text);
    require(encounter_.opening->round == encounter_.round,
            "tournament: the opponent plays another round");
    start_exchange();
}

void Match::start_exchange() {
    swap_.start(encounter_.part.partner,
                encounter_.partner_seats,
                Bulk::weights,
                buffers_.sent_weights(),
                buffers_.weights_shard());
    fault::at(fault::after_send, place(), bytes_of(buffers_.own_shard()));
}

void Match::judge_challenger() {
    MatchRecord& record = encounter_.record;
    const Stopwatch watch(record.eval_s);
    fault::at(fault::in_scoring, place(), bytes_of(buffers_.weights_shard()));
    const auto predictions = contestant_.predict(buffers_.weights(), {});
    const auto responses = contestant_.responses();
    record.challenger_score = contestant_.score(predictions);
    record.comparison = compare_paired(losses_of(own_predictions_, responses, rule_.metric),
                                       losses_of(predictions, responses, rule_.metric));
    const double own = record.own_score;
    const double challenger = record.challenger_score;
    switch (encounter_.part.kind) {
        case Meeting::Kind::copy:
            record.verdict = copy_verdict(own, challenger, rule_.metric);
            break;
        case Meeting::Kind::serve:
            record.verdict = serve_verdict(own, challenger, rule_.metric);
            break;
        default:
            record.verdict = judge(own, challenger, record.comparison, rule_.win, rule_.metric);
    }
}

bool Match::swap_verdicts() {
    MatchRecord& record = encounter_.record;
    const int partner = encounter_.part.partner;
    std::string text;
    if (is_lead()) {
        const VerdictMessage mine{.own_score = record.own_score,
                                  .challenger_score = record.challenger_score,
                                  .adopts = record.verdict.adopted(),
                                  .digest = encounter_.own_digest};
        transport_.post(partner, Channel::verdict, mine.to_text());
        const auto is_answered = [&] {
            const bool was_lost = is_partner_lost();
            text = transport_.poll(partner, Channel::verdict).value_or("");
            if (text.empty() && was_lost) { text = lost_notice; }
            attend_meanwhile();
            return !text.empty();
        };
        await_partner(is_answered, "the opponent's verdict");
    }
    text = share(std::move(text));
    if (text == lost_notice) { return false; }
    encounter_.theirs = VerdictMessage::from_text(text);
    // The opponent's challenger is this trainer's model.
    record.own_score_there = encounter_.theirs.challenger_score;
    record.challenger_score_there = encounter_.theirs.own_score;
    record.agreed = is_better(record.own_score, record.challenger_score, rule_.metric) ==
                    is_better(record.own_score_there, record.challenger_score_there, rule_.metric);
    return true;
}

bool Match::exchange_moments() {
    if (rule_.exchange == Exchange::weights) { return true; }
    const auto sent = buffers_.sent_moments();
    const bool adopts = encounter_.record.verdict.adopted();
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const auto kind =
            static_cast<Bulk>(static_cast<int>(Bulk::first_moment) + static_cast<int>(i));
        swap_.start(encounter_.part.partner,
                    encounter_.partner_seats,
                    kind,
                    encounter_.theirs.adopts ? sent[i] : std::span<float>(),
                    adopts ? buffers_.moments()[i].span() : std::span<float>());
    }
    return await_swap("the opponent's optimizer state");
}

void Match::adopt() {
    fault::at(fault::in_adopt, place(), bytes_of(buffers_.weights_shard()));
    std::ranges::copy(buffers_.weights_shard(), buffers_.own_shard().begin());
    contestant_.share_weights();
    const auto own = contestant_.moments();
    const auto& adopted = buffers_.moments();
    for (std::size_t i = 0; i < adopted.size(); ++i) {
        std::ranges::copy(adopted[i].span(), own[i].begin());
    }
    if (rule_.exchange == Exchange::weights) { drop_sick_moments(); }
    const ModelCard& card = encounter_.opening->card;
    contestant_.set_card(card);
    const std::uint64_t sent = encounter_.theirs.digest;
    const std::uint64_t held = contestant_.digest(rule_.exchange);
    if (held != sent) {
        throw Error(
            fmt::format("trainer {}, round {}: the model adopted from trainer {} has digest "
                        "{}, but {} was sent (memory or network is corrupting data)",
                        trainer_,
                        encounter_.round,
                        encounter_.part.partner,
                        to_hex(held),
                        to_hex(sent)));
    }
    encounter_.record.adoption = Adoption{.from_trainer = encounter_.part.partner,
                                          .from_lineage = card.lineage,
                                          .digest_sent = sent,
                                          .digest_received = held,
                                          .exchange = rule_.exchange,
                                          .card = card};
}

// Kept moments of a model that diverged would ruin the adopted one at its next step.
void Match::drop_sick_moments() {
    const auto own = contestant_.moments();
    const bool is_sick = !std::ranges::all_of(own, is_finite);
    if (mpi::max(contestant_.comm(), is_sick ? 1 : 0, deadline("its seats' optimizer state")) ==
        0) {
        return;
    }
    for (const auto& moment : own) { std::ranges::fill(moment, 0.0F); }
}

mpi::Deadline Match::deadline(const char* phase) const {
    // The lead seat speaks first; it waits twice where it accuses in between.
    const double patience = rule_.accuse ? 2.5 : 1.25;
    return {.limit_s = is_lead() ? rule_.deadline_s : rule_.deadline_s * patience + 5.0,
            .what = fmt::format("trainer {} seat {}, round {}, against trainer {}: waiting for {}",
                                trainer_,
                                contestant_.comm().rank(),
                                encounter_.round,
                                encounter_.part.partner,
                                phase)};
}

}  // namespace ltfb::tournament
