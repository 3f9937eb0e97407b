#include "orchestrator/losses.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "core/rng.hpp"
#include "orchestrator/event_log.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

/// A population without training: seats hear the root's orders and enter rounds at random moments.
class Talk {
public:
    Talk(int trainers, std::uint64_t seed)
        : keeper_(trainers), rng_(seed, Stream::test), inbox_(static_cast<std::size_t>(trainers)) {
        for (int t = 0; t < trainers; ++t) { seats_.emplace_back(trainers); }
        rounds_.resize(static_cast<std::size_t>(trainers), -1);
        seen_.resize(static_cast<std::size_t>(trainers));
    }

    void kill(int trainer) {
        dead_.insert(trainer);
        keeper_.note_loss(trainer);
    }

    /// Some seat does something.
    void go_on() {
        for (const Json& order : keeper_.take_orders()) {
            for (auto& inbox : inbox_) { inbox.push_back(order); }
        }
        const auto t = rng_.below(seats_.size());
        if (dead_.contains(static_cast<int>(t))) { return; }
        if (!inbox_[t].empty() && rng_.below(2) == 0) {
            const Json order = inbox_[t].front();
            inbox_[t].erase(inbox_[t].begin());
            if (const auto answer = seats_[t].hear(order, Json::object())) {
                keeper_.take(*answer, static_cast<int>(t));
            }
        } else if (seats_[t].may_go_on()) {
            const int round = ++rounds_[t];
            seen_[t][round] = seats_[t].enter(round);
        }
    }

    [[nodiscard]] bool is_gone(int trainer) const {
        const std::vector<int>& players = seen_[0].rbegin()->second;
        return std::ranges::find(players, trainer) == players.end();
    }
    [[nodiscard]] int furthest() const { return seen_[0].rbegin()->first; }

    /// Whether all that live to the end have seen the same players in every round.
    [[nodiscard]] bool is_agreed() const {
        std::map<int, std::vector<int>> all;
        for (std::size_t t = 0; t < seen_.size(); ++t) {
            if (dead_.contains(static_cast<int>(t))) { continue; }
            for (const auto& [round, players] : seen_[t]) {
                if (all.try_emplace(round, players).first->second != players) { return false; }
            }
        }
        return true;
    }

private:
    LossKeeper keeper_;
    Rng rng_;
    std::vector<std::vector<Json>> inbox_;
    std::vector<Players> seats_;
    std::vector<int> rounds_;
    std::set<int> dead_;
    std::vector<std::map<int, std::vector<int>>> seen_;  // [trainers] by round
};

}  // namespace

TEST_CASE("all that play a round agree on who plays it, whoever dies when") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Talk talk(5, seed);
        for (int i = 0; i < 40; ++i) { talk.go_on(); }
        talk.kill(3);
        for (std::uint64_t i = 0; i < seed % 40; ++i) { talk.go_on(); }
        talk.kill(1);
        for (int i = 0; i < 600; ++i) { talk.go_on(); }
        CHECK(talk.furthest() > 20);  // they go on
        CHECK(talk.is_agreed());
        CHECK(talk.is_gone(1));
        CHECK(talk.is_gone(3));
    }
}

TEST_CASE("what some have heard of the dead, all come to know") {
    LossKeeper keeper(3);
    keeper.note_loss(2);
    REQUIRE(keeper.take_orders() == std::vector<Json>{{{"lost", 2}}});
    keeper.take({{"lost", 2}, {"at", 4}, {"standings", {{"4", {{"score", 1.5}, {"age", 1}}}}}}, 0);
    CHECK(keeper.take_orders().empty());
    CHECK(keeper.unanswering() == std::vector<int>{1});
    keeper.take({{"lost", 2}, {"at", 7}, {"standings", Json::object()}}, 1);
    CHECK(keeper.unanswering().empty());
    const auto orders = keeper.take_orders();
    REQUIRE(orders.size() == 1);
    CHECK(orders.front().at("from") == 8);
    CHECK(orders.front().at("standings").at("4").at("age") == 1);
}

TEST_CASE("rounds go on without the reports of the dead, and its loss is told in their place") {
    RoundCollector collector(3);
    const auto report = [&](int trainer, int round, bool is_last = false) {
        collector.take({.trainer = trainer,
                        .round = round,
                        .is_last = is_last,
                        .stop_reason = "",
                        .events = {Json{{"trainer", trainer}, {"round", round}}}});
    };
    for (const int trainer : {0, 1, 2}) { report(trainer, 0); }
    CHECK(collector.release().size() == 3);
    report(0, 1);
    report(2, 1);
    CHECK(collector.release().empty());
    CHECK(collector.next_round_of(1) == 1);
    CHECK(collector.take_loss(1, Json{{"trainer", 1}, {"event", "failure"}}));
    const auto events = collector.release();
    REQUIRE(events.size() == 3);
    CHECK(events[1].value("event", "") == "failure");
    report(0, 2, true);
    report(2, 2, true);
    CHECK(collector.release().size() == 2);
    CHECK(collector.is_finished());
    CHECK_FALSE(collector.take_loss(2, Json()));  // it had played its last round
}
