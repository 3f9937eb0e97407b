#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/json.hpp"

namespace ltfb::orchestrator {

// How a population goes on without a trainer that has died. Who meets whom follows from who plays,
// so all must count it as gone from the same round on; but they have no common clock, and may have
// met their opponents of some rounds already. So:
//  1. the root, told by the launching process, orders {"lost": T};
//  2. every lead seat answers with the last round for which it knows its part, and learns no
//  further
//     one until it is told from which round on T is gone: {"lost": T, "at": R, "standings": {..}};
//  3. the root takes the round after the furthest of them: {"gone": T, "from": G, "standings":
//  {..}}.
// In rounds before G the trainer that meets T wins by forfeit. T's standings, which it may have
// told some but not others, are brought together on the way, so that all see the same.

/// The root's side.
class LossKeeper {
public:
    explicit LossKeeper(int trainers) : trainers_(trainers) {}

    void note_loss(int trainer);
    void take(const Json& answer, int from);
    /// Trainers whose answers are missing, while others may be waiting for them.
    [[nodiscard]] std::vector<int> unanswering() const;
    /// For every lead seat, in order; empties the list.
    std::vector<Json> take_orders() { return std::exchange(orders_, {}); }

private:
    struct Question {
        std::map<int, int> answers;  // trainer -> round
        Json standings = Json::object();
    };
    [[nodiscard]] bool is_unanswered(const Question& question, int trainer) const {
        return !lost_.contains(trainer) && !question.answers.contains(trainer);
    }
    void settle();

    int trainers_;
    std::set<int> lost_;
    std::map<int, Question> open_;  // by lost trainer
    std::vector<Json> orders_;
};

/// What a trainer's lead seat knows of who plays.
class Players {
public:
    explicit Players(int trainers) : trainers_(trainers) {}

    /// Whether `order` was one of the root's above.
    static bool is_order(const Json& order);
    /// The answer to an order, if it asks for one. `standings`: what is known of the trainer.
    std::optional<Json> hear(const Json& order, const Json& standings);

    /// Whether the part in a further round may be learnt now.
    [[nodiscard]] bool may_go_on() const noexcept { return asked_.empty(); }
    /// Who plays `round`, in ascending order; from now on this seat knows its part in it.
    std::vector<int> enter(int round);
    /// Whether all have agreed that it is gone, from whatever round on.
    [[nodiscard]] bool is_gone(int trainer) const { return gone_.contains(trainer); }

private:
    int trainers_;
    int entered_ = -1;
    std::set<int> asked_;      // lost, and no word yet from which round on
    std::map<int, int> gone_;  // trainer -> first round without it
};

}  // namespace ltfb::orchestrator
