#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
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
/// Flips one bit of what it is told to send.
class CorruptingTransport : public MpiTransport {
public:
    using MpiTransport::MpiTransport;
    std::unique_ptr<Transfer> send(Address to,
                                   Bulk kind,
                                   std::span<const std::byte> bytes) override {
        copy_.assign(bytes.begin(), bytes.end());
        if (kind == Bulk::weights) { copy_[copy_.size() / 3] ^= std::byte{1}; }
        return MpiTransport::send(to, kind, copy_);
    }

private:
    std::vector<std::byte> copy_;
};
}  // namespace

TEST_CASE("a corrupted transfer is caught when it is adopted") {
    if (mpi::Comm::world().size() != 2) { return; }
    World world({1, 1});
    ConstantModel model(world.split(), world.trainer);
    CorruptingTransport transport(world.comm, world.first_ranks);
    Match match(model, transport, rule(), world.trainer);
    const auto play = [&] { return match.play(0, part_in(world, 0), 1); };
    if (world.trainer == 1) {  // the worse one: adopts
        CHECK_THROWS_AS(play(), Error);
    } else {
        CHECK_FALSE(play().adoption);
    }
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
