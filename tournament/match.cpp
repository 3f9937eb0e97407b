#include "tournament/match.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/json.hpp"

namespace ltfb::tournament {

namespace {

/// Adds the time of its scope to a sum of seconds.
class Stopwatch {
public:
    explicit Stopwatch(double& sum_s) : sum_s_(sum_s) {}
    ~Stopwatch() {
        sum_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    Stopwatch(Stopwatch&&) = delete;
    Stopwatch& operator=(Stopwatch&&) = delete;

private:
    double& sum_s_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Json card_to_json(const ModelCard& card) {
    return {
        {"step", card.step}, {"lineage", card.lineage}, {"hyperparameters", card.hyperparameters}};
}

ModelCard card_from_json(const Json& json) {
    return {.step = json.at("step"),
            .lineage = json.at("lineage"),
            .hyperparameters = json.at("hyperparameters")};
}

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

}  // namespace

/// What is known of the opponent while a round is played.
struct Match::Meeting {
    int round = 0;
    int opponent = -1;
    int opponent_seats = 0;
    bool has_card = false;  // the opponent plays this round, with the model that `card` describes
    ModelCard card;
    bool opponent_adopts = false;
    std::uint64_t opponent_digest = 0;
    std::vector<std::unique_ptr<Transfer>> transfers;
};

Match::Match(Contestant& contestant, Transport& transport, const MatchRule& rule, int trainer)
    : contestant_(contestant),
      transport_(transport),
      rule_(rule),
      trainer_(trainer),
      shadow_weights_(contestant.weights().size()) {
    for (const auto moment : contestant.moments()) { shadow_moments_.emplace_back(moment.size()); }
}

// The order of a round. Sending never waits for anything but the opponent:
//  1. Post the own card (step, lineage, hyperparameters). If the opponent's is here already, start
//     swapping weights, so that they travel while the own model is being scored.
//  2. Score the own model. Then wait for the opponent's card; one that has stopped sends none, and
//     the trainer rests.
//  3. Finish swapping: every seat received its shard of the challenger, the trainer gathers them.
//  4. Score the challenger on the same samples and judge. All seats see the same predictions, so
//     they reach the same verdict.
//  5. Swap verdicts, with the digest of the own model.
//  6. Send moments to an opponent that adopts; receive them if this trainer does. What is sent is
//     never overwritten before it has left: both may adopt.
//  7. Adopt. The digest of what is held now must be the one that the sender computed.
MatchRecord Match::play(int round, std::optional<int> opponent, int opponent_seats) {
    MatchRecord record;
    Meeting meeting;
    meeting.round = round;
    meeting.opponent_seats = opponent_seats;
    if (!opponent) {
        score_own(record);
        return record;
    }
    meeting.opponent = *opponent;
    post_card(meeting);
    if (poll_card(meeting)) {
        const Stopwatch watch(record.exchange_s);
        start_exchange(meeting);
    }
    score_own(record);
    {
        const Stopwatch watch(record.wait_s);
        if (!await_card(meeting)) { return record; }
    }
    {
        const Stopwatch watch(record.exchange_s);
        start_exchange(meeting);
        finish_exchange(meeting);
    }
    record.opponent = opponent;
    judge_challenger(record);
    {
        const Stopwatch watch(record.wait_s);
        swap_verdicts(meeting, record);
    }
    const Stopwatch watch(record.exchange_s);
    exchange_moments(meeting, record);
    if (record.verdict.adopted()) { adopt(meeting, record); }
    record.bytes = (1 + (record.verdict.adopted() ? shadow_moments_.size() : 0)) *
                   shadow_weights_.size() * sizeof(float);
    return record;
}

void Match::score_own(MatchRecord& record) {
    const Stopwatch watch(record.eval_s);
    own_predictions_ = contestant_.predict(contestant_.weights());
    record.own_score = contestant_.score(own_predictions_);
}

void Match::post_card(const Meeting& meeting) {
    if (!is_lead()) { return; }
    Json card = card_to_json(contestant_.card());
    card["round"] = meeting.round;
    transport_.post(meeting.opponent, Channel::card, card.dump());
}

std::string Match::share(const Meeting& meeting, std::string text) const {
    return mpi::broadcast(
        contestant_.comm(), std::move(text), 0, deadline(meeting, "its lead seat"));
}

bool Match::poll_card(Meeting& meeting) const {
    std::string text;
    if (is_lead()) { text = transport_.poll(meeting.opponent, Channel::card).value_or(""); }
    return take_card(meeting, text);
}

bool Match::await_card(Meeting& meeting) {
    if (meeting.has_card) { return true; }
    std::string text;
    if (is_lead()) {
        const auto is_answered = [&] {
            text = transport_.poll(meeting.opponent, Channel::card).value_or("");
            note_stops(meeting.opponent);
            return !text.empty() || has_left(meeting.opponent, meeting.round);
        };
        mpi::wait_until(is_answered, deadline(meeting, "the opponent's card"));
    }
    return take_card(meeting, text);
}

bool Match::take_card(Meeting& meeting, const std::string& lead_text) const {
    const std::string text = share(meeting, lead_text);
    if (text.empty()) { return false; }
    const Json json = Json::parse(text);
    require(json.at("round") == meeting.round, "tournament: the opponent plays another round");
    meeting.card = card_from_json(json);
    meeting.has_card = true;
    return true;
}

void Match::start_range_transfers(Meeting& meeting,
                                  Bulk kind,
                                  std::span<const float> sent,
                                  std::span<float> received) const {
    const ArenaRange mine = shard();
    for (int seat = 0; seat < meeting.opponent_seats; ++seat) {
        const ArenaRange theirs = shard_of(shadow_weights_.size(), seat, meeting.opponent_seats);
        const ArenaRange both = mine.intersection(theirs);
        if (both.size() == 0) { continue; }
        const std::size_t at = both.begin - mine.begin;
        const Address peer{meeting.opponent, seat};
        if (!received.empty()) {
            meeting.transfers.push_back(transport_.receive(
                peer, kind, std::as_writable_bytes(received.subspan(at, both.size()))));
        }
        if (!sent.empty()) {
            meeting.transfers.push_back(
                transport_.send(peer, kind, std::as_bytes(sent.subspan(at, both.size()))));
        }
    }
}

void Match::start_exchange(Meeting& meeting) {
    if (!meeting.transfers.empty()) { return; }
    const ArenaRange mine = shard();
    start_range_transfers(meeting,
                          Bulk::weights,
                          contestant_.weights().subspan(mine.begin, mine.size()),
                          shadow_weights_.span().subspan(mine.begin, mine.size()));
}

void Match::await_transfers(Meeting& meeting, const char* what) const {
    const auto is_done = [&] {
        return std::all_of(meeting.transfers.begin(), meeting.transfers.end(), [](auto& transfer) {
            return transfer->test();
        });
    };
    mpi::wait_until(is_done, deadline(meeting, what));
    meeting.transfers.clear();
}

void Match::finish_exchange(Meeting& meeting) {
    await_transfers(meeting, "the opponent's weights");
    const mpi::Comm& comm = contestant_.comm();
    std::vector<std::size_t> offsets;
    for (int seat = 0; seat < comm.size(); ++seat) {
        offsets.push_back(shard_of(shadow_weights_.size(), seat, comm.size()).begin);
    }
    offsets.push_back(shadow_weights_.size());
    mpi::gather_all(comm,
                    shadow_weights_.span(),
                    offsets,
                    deadline(meeting, "its seats' parts of a challenger"));
}

void Match::judge_challenger(MatchRecord& record) {
    const Stopwatch watch(record.eval_s);
    const auto predictions = contestant_.predict(shadow_weights_.span());
    const auto responses = contestant_.responses();
    record.challenger_score = contestant_.score(predictions);
    record.comparison = compare_paired(losses_of(own_predictions_, responses, rule_.metric),
                                       losses_of(predictions, responses, rule_.metric));
    record.verdict = judge(
        record.own_score, record.challenger_score, record.comparison, rule_.win, rule_.metric);
}

void Match::swap_verdicts(Meeting& meeting, MatchRecord& record) {
    const std::uint64_t digest = contestant_.digest();
    std::string text;
    if (is_lead()) {
        const Json mine = {{"own_score", to_json_number(record.own_score)},
                           {"challenger_score", to_json_number(record.challenger_score)},
                           {"adopts", record.verdict.adopted()},
                           {"digest", digest}};
        transport_.post(meeting.opponent, Channel::verdict, mine.dump());
        const auto is_answered = [&] {
            text = transport_.poll(meeting.opponent, Channel::verdict).value_or("");
            return !text.empty();
        };
        mpi::wait_until(is_answered, deadline(meeting, "the opponent's verdict"));
    }
    const Json theirs = Json::parse(share(meeting, std::move(text)));
    // The opponent's challenger is this trainer's model.
    record.own_score_there = from_json_number(theirs.at("challenger_score"));
    record.challenger_score_there = from_json_number(theirs.at("own_score"));
    meeting.opponent_adopts = theirs.at("adopts");
    meeting.opponent_digest = theirs.at("digest");
    record.agreed = is_better(record.own_score, record.challenger_score, rule_.metric) ==
                    is_better(record.own_score_there, record.challenger_score_there, rule_.metric);
}

void Match::exchange_moments(Meeting& meeting, const MatchRecord& record) {
    const auto own = contestant_.moments();
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto kind =
            static_cast<Bulk>(static_cast<int>(Bulk::first_moment) + static_cast<int>(i));
        start_range_transfers(
            meeting,
            kind,
            meeting.opponent_adopts ? std::span<const float>(own[i]) : std::span<const float>(),
            record.verdict.adopted() ? shadow_moments_[i].span() : std::span<float>());
    }
    await_transfers(meeting, "the opponent's optimizer state");
}

void Match::adopt(const Meeting& meeting, MatchRecord& record) {
    std::ranges::copy(shadow_weights_.span(), contestant_.weights().begin());
    const auto own = contestant_.moments();
    for (std::size_t i = 0; i < own.size(); ++i) {
        std::ranges::copy(shadow_moments_[i].span(), own[i].begin());
    }
    contestant_.set_card(meeting.card);
    const std::uint64_t digest = contestant_.digest();
    if (digest != meeting.opponent_digest) {
        throw Error(
            fmt::format("trainer {}, round {}: the model adopted from trainer {} has digest "
                        "{}, but {} was sent (memory or network is corrupting data)",
                        trainer_,
                        meeting.round,
                        meeting.opponent,
                        to_hex(digest),
                        to_hex(meeting.opponent_digest)));
    }
    record.adoption = Adoption{.from_trainer = meeting.opponent,
                               .from_lineage = meeting.card.lineage,
                               .digest_sent = meeting.opponent_digest,
                               .digest_received = digest,
                               .card = meeting.card};
}

void Match::announce_stop(int round, int num_trainers) {
    const std::string notice = Json{{"round", round}}.dump();
    for (int other = 0; other < num_trainers; ++other) {
        if (other != trainer_) { transport_.post(other, Channel::stop, notice); }
    }
}

int Match::first_stop(int num_trainers) {
    int first = std::numeric_limits<int>::max();
    for (int other = 0; other < num_trainers; ++other) {
        if (other != trainer_) { note_stops(other); }
    }
    for (const auto& [trainer, round] : stopped_) { first = std::min(first, round); }
    return first;
}

void Match::note_stops(int from_trainer) {
    if (const auto notice = transport_.poll(from_trainer, Channel::stop)) {
        stopped_[from_trainer] = Json::parse(*notice).at("round");
    }
}

bool Match::has_left(int trainer, int round) const {
    const auto stop = stopped_.find(trainer);
    return stop != stopped_.end() && stop->second <= round;
}

ArenaRange Match::shard() const {
    return shard_of(shadow_weights_.size(), contestant_.comm().rank(), contestant_.comm().size());
}

mpi::Deadline Match::deadline(const Meeting& meeting, const char* phase) const {
    return {.limit_s = is_lead() ? rule_.deadline_s : rule_.deadline_s * 1.25 + 5.0,
            .what = fmt::format("trainer {} seat {}, round {}, against trainer {}: waiting for {}",
                                trainer_,
                                contestant_.comm().rank(),
                                meeting.round,
                                meeting.opponent,
                                phase)};
}

}  // namespace ltfb::tournament
