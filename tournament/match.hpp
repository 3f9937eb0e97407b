#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/fault.hpp"
#include "tournament/arena_swap.hpp"
#include "tournament/contestant.hpp"
#include "tournament/judge.hpp"
#include "tournament/match_buffers.hpp"
#include "tournament/match_messages.hpp"
#include "tournament/mpi_transport.hpp"
#include "tournament/selection.hpp"
#include "tournament/stop_notices.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// How models are judged and what travels with them.
struct MatchRule {
    Metric metric = Metric::mse;
    WinRule win;
    Exchange exchange = Exchange::weights_and_moments;
    bool overlaps = false;      // the trainer makes local steps between `begin` and `finish`
    double deadline_s = 600.0;  // longest wait for the opponent
    // Called on the lead seat, again and again, while it waits for the opponent.
    std::function<void()> while_waiting = {};
    // Where the population goes on without a trainer that dies: whether one has, asked on every
    // seat; and what to do about one that lets the deadline pass, before waiting once more.
    std::function<bool(int trainer)> is_lost = {};
    std::function<void(int trainer)> accuse = {};
};

/// A model taken over from the opponent; the digests are of what was taken over, at the sender and
/// here, and are equal.
struct Adoption {
    int from_trainer = -1;
    int from_lineage = -1;
    std::uint64_t digest_sent = 0;
    std::uint64_t digest_received = 0;
    Exchange exchange = Exchange::weights_and_moments;
    ModelCard card;
};

/// One trainer's record of a round. "There" is the opponent's tournament share.
struct MatchRecord {
    std::optional<int> opponent;  // none: rested, or the opponent had left
    bool forfeit = false;         // the opponent died before the match was over
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
/// challengers arrive in. A match is of the models as they are at `begin`: steps made between
/// `begin` and `finish` stay with a trainer that keeps its own, and are lost to one that adopts.
class Match {
public:
    Match(Contestant& contestant, Transport& transport, const MatchRule& rule, int trainer);

    /// Collective over the trainer. Opens the match where `part` has a partner, which has
    /// `partner_seats` ranks, and scores the own model while weights are swapped. Throws Error when
    /// a deadline passes.
    void begin(int round, const Meeting& part, int partner_seats);
    /// Local. Lets what is under way progress, without waiting for anybody.
    void advance();
    /// Collective over the trainer. Plays the match to its end. Throws Error when a deadline passes
    /// or an adopted model's digest differs from what its sender had.
    MatchRecord finish();
    /// Both.
    MatchRecord play(int round, const Meeting& part, int partner_seats);

    /// Lead seat only: tells every other trainer that this one plays no round from `round` on.
    void announce_stop(int round, int num_trainers) { stops_.announce(round, num_trainers); }
    /// Lead seat only. The first round that another trainer has announced not to play; the largest
    /// int where none has.
    int first_stop(int num_trainers) { return stops_.first(num_trainers); }
    /// Lead seat only. Whether `trainer` has announced not to play `round`.
    [[nodiscard]] bool has_left(int trainer, int round) { return stops_.has_left(trainer, round); }

    /// Lead seat only. What must go on while this trainer waits for another (MatchRule).
    void attend_meanwhile() const {
        if (rule_.while_waiting) { rule_.while_waiting(); }
    }

    /// What is to be done about a trainer that lets a deadline pass (MatchRule); may be empty.
    [[nodiscard]] const std::function<void(int trainer)>& accuser() const { return rule_.accuse; }

    /// Of the own model before the last match, for the own tournament share.
    [[nodiscard]] std::span<const float> own_predictions() const { return own_predictions_; }

private:
    /// A match under way.
    struct Encounter {
        int round = 0;
        Meeting part;
        int partner_seats = 0;
        std::optional<CardMessage> opening;  // the partner's: it plays, with this model
        bool has_left = false;               // the partner plays this round no more
        bool is_lost = false;                // it died before it opened the match
        std::uint64_t own_digest = 0;
        VerdictMessage theirs;
        MatchRecord record;
    };

    void score_own();
    void post_card();
    void poll_card();
    void poll_leave(bool was_lost);
    bool await_card();
    bool await_swap(const char* phase);
    void await_partner(const std::function<bool()>& is_done, const char* phase);
    [[nodiscard]] bool is_partner_lost() const;
    [[nodiscard]] bool all_seats(bool is_so) const;
    MatchRecord win_by_forfeit();
    void take_card(const std::string& text);
    void start_exchange();
    void judge_challenger();
    bool swap_verdicts();
    bool exchange_moments();
    void adopt();
    void drop_sick_moments();

    [[nodiscard]] bool is_lead() const { return contestant_.comm().rank() == 0; }
    [[nodiscard]] fault::Place place() const;
    void tell_seats(Channel channel, const std::string& text);
    [[nodiscard]] std::string share(std::string text) const;
    [[nodiscard]] mpi::Deadline deadline(const char* phase) const;

    Contestant& contestant_;
    Transport& transport_;
    MatchRule rule_;
    int trainer_;
    ArenaSwap swap_;
    MpiTransport seats_;  // between this trainer's seats, each an address of its own
    Encounter encounter_;
    std::vector<float> own_predictions_;
    MatchBuffers buffers_;
    StopNotices stops_;
};

}  // namespace ltfb::tournament
