#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "tests/tournament/constant_model.hpp"
#include "tournament/match.hpp"
#include "tournament/mpi_transport.hpp"
#include "tournament/standings_board.hpp"

using namespace ltfb;
using namespace ltfb::tournament;
using ltfb::test::ConstantModel;
using ltfb::test::World;

namespace {

constexpr std::uint64_t seed = 23;
constexpr int rounds = 4;
constexpr float trained = 0.25F;  // what the steps of an overlapped match add to every weight

enum class Taste { lowest, own, others };

float taste_of(Taste taste, int trainer, int num_trainers) {
    switch (taste) {
        case Taste::own:
            return static_cast<float>(trainer + 1);
        case Taste::others:
            return static_cast<float>(num_trainers - trainer);
        default:
            return 0.0F;
    }
}

/// What the rules say of the whole population, computed by every rank without a message.
struct Expected {
    float weights = 0.0F;
    float moments = 0.0F;
    int founder = 0;
    int age = 0;
};

struct Rules {
    SelectionRule selection;
    Exchange exchange = Exchange::weights_and_moments;
    bool overlaps = false;
    Taste taste = Taste::lowest;
};

struct Oracle {
    Oracle(const Rules& own_rules, int trainers) : rules(own_rules) {
        for (int t = 0; t < trainers; ++t) {
            const auto value = static_cast<float>(t + 1);
            population.push_back({.weights = value, .moments = value, .founder = t});
        }
    }

    [[nodiscard]] double score(int trainer, float weights) const {
        const double error = static_cast<double>(weights) - taste_of(rules.taste, trainer, size());
        return error * error;
    }
    [[nodiscard]] int size() const { return static_cast<int>(population.size()); }
    [[nodiscard]] Meeting part(int trainer, int round) const {
        return meeting_of(
            trainer, size(), rules.selection, {scores, ages, Metric::mse}, round, seed);
    }

    /// Everybody's round at once.
    void play(int round) {
        const auto before = population;
        std::vector<double> next_scores;
        std::vector<int> next_ages;
        for (int t = 0; t < size(); ++t) {
            Expected& own = population[static_cast<std::size_t>(t)];
            const Meeting meeting = part(t, round);
            const auto& other = before[static_cast<std::size_t>(std::max(0, meeting.partner))];
            const bool adopts = meeting.kind == Meeting::Kind::copy ||
                                (meeting.kind == Meeting::Kind::judge &&
                                 score(t, other.weights) < score(t, own.weights));
            ++own.age;
            next_scores.push_back(score(t, adopts ? other.weights : own.weights));
            if (adopts) {
                own.weights = other.weights;
                if (rules.exchange == Exchange::weights_and_moments) {
                    own.moments = other.moments;
                } else if (rules.overlaps) {
                    own.moments += trained;
                }
                own.founder = other.founder;
                own.age = 0;
            } else if (rules.overlaps) {
                own.weights += trained;
                own.moments += trained;
            }
            next_ages.push_back(own.age);
        }
        scores = next_scores;
        ages = next_ages;
    }

    Rules rules;
    std::vector<Expected> population;
    std::vector<double> scores;
    std::vector<int> ages;
};

/// Plays rounds and checks after each that the own trainer holds what the oracle says. How many
/// adoptions the population made.
int play_and_check(const std::vector<int>& sizes, const Rules& rules) {
    World world(sizes);
    const int trainers = world.trainers();
    ConstantModel model(
        world.split(), world.trainer, taste_of(rules.taste, world.trainer, trainers));
    MpiTransport transport(world.comm, world.first_ranks, 5000);
    Match match(model,
                transport,
                {.metric = Metric::mse,
                 .win = {},
                 .exchange = rules.exchange,
                 .overlaps = rules.overlaps,
                 .deadline_s = 100.0},
                world.trainer);
    StandingsBoard board(transport, world.trainer, trainers);
    const mpi::Deadline patience{.limit_s = 100.0, .what = "test: standings"};
    const auto nobody_left = [](int) { return false; };
    Oracle oracle(rules, trainers);
    int adoptions = 0;
    for (int round = 0; round < rounds; ++round) {
        const Expected before = oracle.population[static_cast<std::size_t>(world.trainer)];
        StandingsTable table;
        if (is_population_wide(rules.selection.kind) && round > 0) {
            table = board.await(round - 1, nobody_left, {}, model.comm(), patience);
            CHECK(table.scores == oracle.scores);
            CHECK(table.ages == oracle.ages);
        }
        const Meeting part = meeting_of(world.trainer,
                                        trainers,
                                        rules.selection,
                                        {table.scores, table.ages, Metric::mse},
                                        round,
                                        seed);
        CHECK(part == oracle.part(world.trainer, round));
        match.begin(round, part, world.seats_of(part.partner));
        if (rules.overlaps) {
            model.fill(before.weights + trained, before.moments + trained);
            match.advance();
        }
        const MatchRecord record = match.finish();
        oracle.play(round);
        const Expected now = oracle.population[static_cast<std::size_t>(world.trainer)];
        CHECK(record.own_score == oracle.score(world.trainer, before.weights));
        CHECK(record.opponent.has_value() == (part.kind != Meeting::Kind::rest));
        CHECK(record.adoption.has_value() == (now.age == 0));
        if (record.adoption) { CHECK(record.adoption->from_trainer == part.partner); }
        CHECK(model.holds(now.weights, now.moments));
        CHECK(model.card_.lineage == now.founder);
        CHECK(model.card_.step == static_cast<std::uint64_t>(100 + now.founder));
        CHECK(model.card_.hyperparameters.at("lr") == 0.1 * (now.founder + 1));
        for (const Expected& one : oracle.population) { adoptions += one.age == 0 ? 1 : 0; }
        if (is_population_wide(rules.selection.kind) && model.comm().rank() == 0) {
            board.post(round, oracle.scores[static_cast<std::size_t>(world.trainer)], now.age);
        }
    }
    // Nobody may meet the next case's messages with this one's.
    mpi::barrier(world.comm, patience);
    if (is_population_wide(rules.selection.kind)) {
        board.await(rounds - 1, nobody_left, {}, model.comm(), patience);
    }
    return adoptions;
}

/// 2, 3, 7 or 16 trainers of 1, 2 or 3 ranks, and unequal ones.
std::vector<std::vector<int>> layouts() {
    const int ranks = mpi::Comm::world().size();
    std::vector<std::vector<int>> result;
    for (const int trainers : {2, 3, 7, 16}) {
        for (const int each : {1, 2, 3}) {
            if (trainers * each == ranks) {
                result.emplace_back(static_cast<std::size_t>(trainers), each);
            }
        }
    }
    if (ranks == 6) { result.insert(result.end(), {{1, 2, 3}, {4, 2}, {5, 1}}); }
    if (ranks == 16) { result.push_back({4, 4, 8}); }
    return result;
}

}  // namespace

TEST_CASE("random pairs, of which each judges for itself") {
    for (const auto& sizes : layouts()) {
        for (const Exchange exchange : {Exchange::weights_and_moments, Exchange::weights}) {
            for (const bool overlaps : {false, true}) {
                CHECK(play_and_check(
                          sizes, {.selection = {}, .exchange = exchange, .overlaps = overlaps}) >
                      0);
            }
        }
    }
}

TEST_CASE("both may keep their own, and both may swap") {
    for (const auto& sizes : layouts()) {
        CHECK(play_and_check(sizes, {.selection = {}, .taste = Taste::own}) == 0);
        const int adoptions =
            play_and_check(sizes, {.selection = {}, .overlaps = true, .taste = Taste::others});
        // Of two trainers each wants what the other has: both adopt in the first round.
        if (sizes.size() == 2) { CHECK(adoptions >= 2); }
    }
}

TEST_CASE("copies that the standings decide, whatever the copier would have judged") {
    for (const auto& sizes : layouts()) {
        for (const auto kind :
             {SelectionRule::Kind::truncation, SelectionRule::Kind::regularized_evolution}) {
            // Where all are content with their own, truncation finds nobody worse.
            const bool is_truncation = kind == SelectionRule::Kind::truncation;
            const Rules rules{.selection = {.kind = kind, .quantile = 0.4, .sample_size = 2},
                              .taste = is_truncation ? Taste::lowest : Taste::own};
            CHECK(play_and_check(sizes, rules) > 0);
        }
    }
}

TEST_CASE("the control trainer and burn-in rounds") {
    for (const auto& sizes : layouts()) {
        const Rules rules{.selection = {.burn_in_rounds = 2, .control = 1}};
        play_and_check(sizes, rules);
    }
}

TEST_CASE("where one had told a single trainer how it stood before it died, all come to know") {
    if (mpi::Comm::world().size() != 3) { return; }
    World world({1, 1, 1});
    const mpi::Comm seats = world.split();
    MpiTransport transport(world.comm, world.first_ranks, 5000);
    StandingsBoard board(transport, world.trainer, 3);
    const mpi::Deadline patience{.limit_s = 100.0, .what = "test: standings of a lost trainer"};
    const auto await = [&](bool is_without_1) {
        return board.await(
            0, [&](int trainer) { return is_without_1 && trainer == 1; }, {}, seats, patience);
    };
    if (world.trainer == 1) {
        transport.post(0, Channel::standing, R"({"round": 0, "score": 0.5, "age": 1})");
        await(true);
    } else {
        board.post(0, 0.25, 0);
    }
    std::string told;
    if (world.trainer == 0) {
        CHECK(await(false).scores[1] == 0.5);
        told = board.told_by(1).dump();  // after it was used
    }
    told = mpi::broadcast(world.comm, told, 0, patience);
    if (world.trainer == 2) {
        board.note(1, Json::parse(told));
        const StandingsTable table = await(true);
        CHECK(table.scores[1] == 0.5);
        CHECK(table.ages[1] == 1);
    }
    mpi::barrier(world.comm, patience);
}
