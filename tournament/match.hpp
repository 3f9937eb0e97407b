#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "tournament/contestant.hpp"
#include "tournament/judge.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// How models are judged and what travels with them.
struct MatchRule {
    Metric metric = Metric::mse;
    WinRule win;
    double deadline_s = 600.0;  // longest wait for the opponent
};

/// A model taken over from the opponent; the digests are of weights, moments, step and
/// hyperparameters, at the sender and here, and are equal.
struct Adoption {
    int from_trainer = -1;
    int from_lineage = -1;
    std::uint64_t digest_sent = 0;
    std::uint64_t digest_received = 0;
    ModelCard card;
};

/// One trainer's record of a round. "There" is the opponent's tournament share.
struct MatchRecord {
    std::optional<int> opponent;  // none: rested, or the opponent had left
    double own_score = 0.0;
    double challenger_score = 0.0;
    double own_score_there = 0.0;
    double challenger_score_there = 0.0;
    Comparison comparison;
    Verdict verdict;
    bool agreed = false;      // both shares prefer the same model
    std::uint64_t bytes = 0;  // received by this trainer, all seats
    double eval_s = 0.0;
    double exchange_s = 0.0;
    double wait_s = 0.0;
    std::optional<Adoption> adoption;
};

/// Plays the tournaments of one trainer, seen from one of its seats; holds the shadow buffers that
/// challengers arrive in.
class Match {
public:
    Match(Contestant& contestant, Transport& transport, const MatchRule& rule, int trainer);

    /// Collective over the trainer. Scores the own model and, if `opponent` is given, plays
    /// against it; `opponent_seats` is how many ranks it has. Throws Error when the deadline
    /// passes or an adopted model's digest differs from what its sender had.
    MatchRecord play(int round, std::optional<int> opponent, int opponent_seats);

    /// Lead seat only: tells every other trainer that this one plays no round from `round` on.
    void announce_stop(int round, int num_trainers);
    /// Lead seat only. The first round that another trainer has announced not to play; the largest
    /// int where none has.
    int first_stop(int num_trainers);

    /// Of the own model before the last match, for the own tournament share.
    [[nodiscard]] std::span<const float> own_predictions() const { return own_predictions_; }

private:
    struct Meeting;

    void score_own(MatchRecord& record);
    void post_card(const Meeting& meeting);
    bool poll_card(Meeting& meeting) const;
    bool await_card(Meeting& meeting);
    bool take_card(Meeting& meeting, const std::string& lead_text) const;
    void start_exchange(Meeting& meeting);
    void await_transfers(Meeting& meeting, const char* what) const;
    void finish_exchange(Meeting& meeting);
    void judge_challenger(MatchRecord& record);
    void swap_verdicts(Meeting& meeting, MatchRecord& record);
    void exchange_moments(Meeting& meeting, const MatchRecord& record);
    void adopt(const Meeting& meeting, MatchRecord& record);

    void start_range_transfers(Meeting& meeting,
                               Bulk kind,
                               std::span<const float> sent,
                               std::span<float> received) const;
    void note_stops(int from_trainer);
    [[nodiscard]] bool has_left(int trainer, int round) const;
    [[nodiscard]] bool is_lead() const { return contestant_.comm().rank() == 0; }
    [[nodiscard]] ArenaRange shard() const;
    [[nodiscard]] std::string share(const Meeting& meeting, std::string text) const;
    [[nodiscard]] mpi::Deadline deadline(const Meeting& meeting, const char* phase) const;

    Contestant& contestant_;
    Transport& transport_;
    MatchRule rule_;
    int trainer_;
    std::vector<float> own_predictions_;
    AlignedArray<float> shadow_weights_;               // [arena] the challenger
    std::vector<AlignedArray<float>> shadow_moments_;  // [shard] each
    std::map<int, int> stopped_;  // trainer -> first round it doesn't play, as far as known
};

}  // namespace ltfb::tournament
