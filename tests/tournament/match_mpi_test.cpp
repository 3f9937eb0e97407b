#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <regex>
#include <vector>

#include <doctest/doctest.h>

#include "tests/tournament/constant_model.hpp"
#include "tournament/match.hpp"
#include "tournament/mpi_transport.hpp"
#include "tournament/pairing.hpp"

using namespace ltfb;
using namespace ltfb::tournament;
using ltfb::test::ConstantModel;
using ltfb::test::World;

namespace {

/// Sizes of trainers for a world of `ranks`: alike, one a rank, and as unequal as they go.
std::vector<std::vector<int>> layouts_of(int ranks) {
    std::vector<std::vector<int>> layouts{std::vector<int>(static_cast<std::size_t>(ranks), 1)};
    if (ranks % 2 == 0) { layouts.push_back({ranks / 2, ranks / 2}); }
    if (ranks >= 3) { layouts.push_back({1, ranks - 1}); }
    if (ranks >= 4) { layouts.push_back({1, ranks - 2, 1}); }
    if (ranks >= 6) { layouts.push_back({1, 2, ranks - 3}); }
    return layouts;
}

Meeting part_in(const World& world, int round) {
    const auto opponent = opponent_of(world.trainer, world.trainers(), round, 11);
    return opponent ? Meeting{Meeting::Kind::judge, *opponent} : Meeting{};
}

std::optional<int> opponent_in(const World& world, int round) {
    return opponent_of(world.trainer, world.trainers(), round, 11);
}

MatchRule rule() {
    return {.metric = Metric::mse, .win = {}, .deadline_s = 20.0};
}

}  // namespace

TEST_CASE("after each round every trainer holds exactly what its record says") {
    for (const auto& sizes : layouts_of(mpi::Comm::world().size())) {
        World world(sizes);
        ConstantModel model(world.split(), world.trainer);
        // A small piece limit: every transfer is cut.
        MpiTransport transport(world.comm, world.first_ranks, 5000);
        Match match(model, transport, rule(), world.trainer);
        int founder = world.trainer;
        for (int round = 0; round < 4; ++round) {
            const auto opponent = opponent_in(world, round);
            const auto record = match.play(
                round, part_in(world, round), world.seats_of(part_in(world, round).partner));
            CHECK(record.opponent == opponent);
            CHECK(record.own_score == doctest::Approx((founder + 1.0) * (founder + 1.0)));
            if (record.adoption) {
                CHECK(record.challenger_score < record.own_score);
                CHECK(record.adoption->from_trainer == *opponent);
                CHECK(record.adoption->digest_sent == record.adoption->digest_received);
                founder = record.adoption->from_lineage;
                CHECK(record.challenger_score ==
                      doctest::Approx((founder + 1.0) * (founder + 1.0)));
            } else if (opponent) {
                CHECK(record.challenger_score >= record.own_score);
            }
            if (opponent) {
                CHECK(record.own_score == record.own_score_there);
                CHECK(record.challenger_score == record.challenger_score_there);
                CHECK(record.agreed);
            }
            CHECK(model.holds(static_cast<float>(founder + 1)));
            CHECK(model.card_.lineage == founder);
            CHECK(model.card_.step == static_cast<std::uint64_t>(100 + founder));
            CHECK(model.card_.hyperparameters.at("lr") == doctest::Approx(0.1 * (founder + 1)));
        }
    }
}

TEST_CASE("a model that isn't finite loses, and takes the other's") {
    World world(std::vector<int>(static_cast<std::size_t>(mpi::Comm::world().size()), 1));
    ConstantModel model(world.split(), world.trainer);
    const bool sick = world.trainer == 0;
    if (sick) { std::ranges::fill(model.weights(), std::numeric_limits<float>::quiet_NaN()); }
    MpiTransport transport(world.comm, world.first_ranks);
    Match match(model, transport, rule(), world.trainer);
    const auto opponent = opponent_in(world, 0);
    const auto record = match.play(0, part_in(world, 0), world.seats_of(part_in(world, 0).partner));
    if (opponent && sick) {
        REQUIRE(record.adoption);
        CHECK(model.holds(static_cast<float>(*opponent + 1)));
    }
    if (opponent == 0) {
        CHECK_FALSE(record.adoption);
        CHECK(std::isnan(record.challenger_score));
        CHECK(model.holds(static_cast<float>(world.trainer + 1)));
    }
}

namespace {
/// Flips one bit of what it is told to send of one kind, or changes a card's step or rate.
class CorruptingTransport : public MpiTransport {
public:
    enum class What { weights, first_moment, second_moment, step, rate };

    CorruptingTransport(const World& world, What what)
        : MpiTransport(world.comm, world.first_ranks), what_(what) {}

    void post(int trainer, Channel channel, std::string text) override {
        const std::string field = what_ == What::rate ? "\"lr\":0." : "\"step\":1";
        if (channel == Channel::card && what_ >= What::step) {
            text.insert(text.find(field) + field.size(), "0");
        }
        MpiTransport::post(trainer, channel, std::move(text));
    }
    std::unique_ptr<Transfer> send(Address to,
                                   Bulk kind,
                                   std::span<const std::byte> bytes) override {
        const auto offset = static_cast<int>(kind) - static_cast<int>(Bulk::weights);
        if (offset != static_cast<int>(what_)) { return MpiTransport::send(to, kind, bytes); }
        copy_.assign(bytes.begin(), bytes.end());
        copy_[copy_.size() / 3] ^= std::byte{1};
        return MpiTransport::send(to, kind, copy_);
    }

private:
    What what_;
    std::vector<std::byte> copy_;
};
}  // namespace

TEST_CASE("whatever is corrupted on its way is caught when it is adopted, with both digests") {
    if (mpi::Comm::world().size() != 2) { return; }
    using What = CorruptingTransport::What;
    World world({1, 1});
    for (const What what :
         {What::weights, What::first_moment, What::second_moment, What::step, What::rate}) {
        ConstantModel model(world.split(), world.trainer);
        CorruptingTransport transport(world, what);
        Match match(model, transport, rule(), world.trainer);
        const auto play = [&] { return match.play(0, part_in(world, 0), 1); };
        if (world.trainer == 0) {
            CHECK_FALSE(play().adoption);
            continue;
        }
        std::string message;  // of the worse one, which adopts
        try {
            play();
        } catch (const Error& error) { message = error.what(); }
        const std::regex expected(
            "trainer 1, round 0: the model adopted from trainer 0 has digest ([0-9a-f]{16}), but "
            "([0-9a-f]{16}) was sent .*");
        std::smatch digests;
        REQUIRE_MESSAGE(std::regex_match(message, digests, expected), message);
        CHECK(digests[1] != digests[2]);
    }
}

TEST_CASE("an adopter that keeps its own optimizer state does not keep one that diverged") {
    World world({1, mpi::Comm::world().size() - 1});
    if (world.comm.size() < 2) { return; }
    for (const bool is_sick : {false, true}) {
        ConstantModel model(world.split(), world.trainer);
        const auto moments = model.moments();
        const bool is_last_seat = world.comm.rank() == world.comm.size() - 1;
        if (is_sick && is_last_seat) { moments[1].back() = std::numeric_limits<float>::infinity(); }
        MpiTransport transport(world.comm, world.first_ranks);
        MatchRule weights_only = rule();
        weights_only.exchange = Exchange::weights;
        Match match(model, transport, weights_only, world.trainer);
        const auto record = match.play(
            0, {Meeting::Kind::judge, 1 - world.trainer}, world.seats_of(1 - world.trainer));
        CHECK(record.adoption.has_value() == (world.trainer == 1));
        if (world.trainer == 1 && is_sick) {
            for (const auto& moment : moments) {
                CHECK(std::ranges::all_of(moment, [](float m) { return m == 0.0F; }));
            }
        } else {
            CHECK(model.holds(1.0F, static_cast<float>(world.trainer + 1)));
        }
        mpi::barrier(world.comm, {.limit_s = 20.0, .what = "test"});
    }
}

namespace {
/// Counts what seats began to send each other, and the cards that have come.
class WatchedTransport : public MpiTransport {
public:
    using MpiTransport::MpiTransport;
    std::unique_ptr<Transfer> send(Address to,
                                   Bulk kind,
                                   std::span<const std::byte> bytes) override {
        ++sends;
        return MpiTransport::send(to, kind, bytes);
    }
    std::optional<std::string> poll(int trainer, Channel channel) override {
        auto text = MpiTransport::poll(trainer, channel);
        if (text && channel == Channel::card) { ++cards; }
        return text;
    }
    int sends = 0;
    int cards = 0;
};
}  // namespace

TEST_CASE("weights travel while the own model is being scored") {
    const int ranks = mpi::Comm::world().size();
    if (ranks < 2) { return; }
    World world({1, ranks - 1});
    ConstantModel model(world.split(), world.trainer);
    WatchedTransport transport(world.comm, world.first_ranks);
    const bool has_shard =
        shard_of(ConstantModel::arena_size, model.comm().rank(), model.comm().size()).size() > 0;
    // The lead seat may have nothing to send, but the others hear from it that they may.
    const bool is_lead = model.comm().rank() == 0;
    model.is_scored = [&] {
        return transport.sends > 0 || (!has_shard && (!is_lead || transport.cards > 0));
    };
    Match match(model, transport, rule(), world.trainer);
    match.begin(0, {Meeting::Kind::judge, 1 - world.trainer}, world.seats_of(1 - world.trainer));
    match.finish();
    mpi::barrier(world.comm, {.limit_s = 20.0, .what = "test"});
}

TEST_CASE("whoever has stopped is not waited for") {
    World world(std::vector<int>(static_cast<std::size_t>(mpi::Comm::world().size()), 1));
    const int trainers = world.comm.size();
    ConstantModel model(world.split(), world.trainer);
    MpiTransport transport(world.comm, world.first_ranks);
    Match match(model, transport, rule(), world.trainer);
    if (world.trainer == 0) {
        match.announce_stop(0, trainers);
    } else {
        for (int round = 0; round < 3; ++round) {
            const auto opponent = opponent_in(world, round);
            const auto record = match.play(round, part_in(world, round), 1);
            CHECK(record.opponent == (opponent == 0 ? std::nullopt : opponent));
        }
        CHECK(match.first_stop(trainers) == 0);
    }
    mpi::barrier(world.comm, {.limit_s = 20.0, .what = "test"});
}
