#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "core/digest.hpp"
#include "tournament/match.hpp"
#include "tournament/mpi_transport.hpp"
#include "tournament/pairing.hpp"

using namespace ltfb;
using namespace ltfb::tournament;

namespace {

constexpr std::size_t arena_size = 3 * arena_block + 17;  // the last block is short
constexpr std::size_t share_size = 10;

/// A model whose every weight is one number; its prediction is that number, and the truth is 0.
class ConstantModel : public Contestant {
public:
    ConstantModel(mpi::Comm comm, int trainer)
        : comm_(std::move(comm)),
          weights_(arena_size),
          shard_(shard_of(arena_size, comm_.rank(), comm_.size())),
          first_(shard_.size()),
          second_(shard_.size()),
          responses_(share_size, 0.0F) {
        card_ = {.step = static_cast<std::uint64_t>(100 + trainer),
                 .lineage = trainer,
                 .hyperparameters = {{"lr", 0.1 * (trainer + 1)}}};
        fill(static_cast<float>(trainer + 1));
    }

    void fill(float value) {
        std::ranges::fill(weights_.span(), value);
        for (std::size_t i = 0; i < shard_.size(); ++i) {
            first_.span()[i] = moment(value, 1, shard_.begin + i);
            second_.span()[i] = moment(value, 2, shard_.begin + i);
        }
    }
    /// Depends on the arena position, so that a shifted shard is noticed.
    static float moment(float value, int which, std::size_t at) {
        return value * 1000.0F * static_cast<float>(which) + static_cast<float>(at % 977);
    }
    [[nodiscard]] bool holds(float value) {
        bool same = std::ranges::all_of(weights_.span(), [&](float w) { return w == value; });
        for (std::size_t i = 0; i < shard_.size(); ++i) {
            same = same && first_.span()[i] == moment(value, 1, shard_.begin + i) &&
                   second_.span()[i] == moment(value, 2, shard_.begin + i);
        }
        return same;
    }

    const mpi::Comm& comm() const override { return comm_; }
    std::span<float> weights() override { return weights_.span(); }
    std::vector<std::span<float>> moments() override { return {first_.span(), second_.span()}; }
    ModelCard card() const override { return card_; }
    void set_card(const ModelCard& card) override { card_ = card; }
    std::uint64_t digest() override {
        // Of what every seat knows; the moments are checked by the tests themselves.
        std::uint64_t parts[]{digest_of(std::span<const float>(weights_.span())), card_.step};
        return digest_of(std::span<const std::uint64_t>(parts));
    }
    std::vector<float> predict(std::span<const float> weights) override {
        return std::vector<float>(share_size, weights[weights.size() / 2]);
    }
    double score(std::span<const float> predictions) const override {
        double sum = 0.0;
        for (const float p : predictions) { sum += static_cast<double>(p) * p; }
        return sum / static_cast<double>(predictions.size());
    }
    std::span<const float> responses() const override { return responses_; }

    ModelCard card_;

private:
    mpi::Comm comm_;
    AlignedArray<float> weights_;
    ArenaRange shard_;
    AlignedArray<float> first_;
    AlignedArray<float> second_;
    std::vector<float> responses_;
};

/// Sizes of trainers for a world of `ranks`: alike, one a rank, and as unequal as they go.
std::vector<std::vector<int>> layouts_of(int ranks) {
    std::vector<std::vector<int>> layouts{std::vector<int>(static_cast<std::size_t>(ranks), 1)};
    if (ranks % 2 == 0) { layouts.push_back({ranks / 2, ranks / 2}); }
    if (ranks >= 3) { layouts.push_back({1, ranks - 1}); }
    if (ranks >= 4) { layouts.push_back({1, ranks - 2, 1}); }
    if (ranks >= 6) { layouts.push_back({1, 2, ranks - 3}); }
    return layouts;
}

struct World {
    explicit World(const std::vector<int>& sizes) : sizes_(sizes), first_(sizes.size()) {
        std::exclusive_scan(sizes.begin(), sizes.end(), first_.begin(), 0);
        while (trainer + 1 < static_cast<int>(sizes.size()) &&
               first_[static_cast<std::size_t>(trainer) + 1] <= comm.rank()) {
            ++trainer;
        }
    }
    std::optional<int> opponent(int round) const {
        return opponent_of(trainer, static_cast<int>(sizes_.size()), round, 11);
    }
    int seats(std::optional<int> opponent) const {
        return opponent ? sizes_[static_cast<std::size_t>(*opponent)] : 0;
    }

    mpi::Comm comm = mpi::Comm::world();
    int trainer = 0;
    std::vector<int> sizes_;
    std::vector<int> first_;
};

MatchRule rule() {
    return {.metric = Metric::mse, .win = {}, .deadline_s = 20.0};
}

}  // namespace

TEST_CASE("after each round every trainer holds exactly what its record says") {
    for (const auto& sizes : layouts_of(mpi::Comm::world().size())) {
        World world(sizes);
        ConstantModel model(world.comm.split(world.trainer, world.comm.rank()), world.trainer);
        // A small piece limit: every transfer is cut.
        MpiTransport transport(world.comm, world.first_, 5000);
        Match match(model, transport, rule(), world.trainer);
        int founder = world.trainer;
        for (int round = 0; round < 4; ++round) {
            const auto opponent = world.opponent(round);
            const auto record = match.play(round, opponent, world.seats(opponent));
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
    ConstantModel model(world.comm.split(world.trainer, 0), world.trainer);
    const bool sick = world.trainer == 0;
    if (sick) { std::ranges::fill(model.weights(), std::numeric_limits<float>::quiet_NaN()); }
    MpiTransport transport(world.comm, world.first_);
    Match match(model, transport, rule(), world.trainer);
    const auto opponent = world.opponent(0);
    const auto record = match.play(0, opponent, world.seats(opponent));
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
    ConstantModel model(world.comm.split(world.trainer, 0), world.trainer);
    CorruptingTransport transport(world.comm, world.first_);
    Match match(model, transport, rule(), world.trainer);
    const auto play = [&] { return match.play(0, world.opponent(0), 1); };
    if (world.trainer == 1) {  // the worse one: adopts
        CHECK_THROWS_AS(play(), Error);
    } else {
        CHECK_FALSE(play().adoption);
    }
}

TEST_CASE("whoever has stopped is not waited for") {
    World world(std::vector<int>(static_cast<std::size_t>(mpi::Comm::world().size()), 1));
    const int trainers = world.comm.size();
    ConstantModel model(world.comm.split(world.trainer, 0), world.trainer);
    MpiTransport transport(world.comm, world.first_);
    Match match(model, transport, rule(), world.trainer);
    if (world.trainer == 0) {
        match.announce_stop(0, trainers);
    } else {
        for (int round = 0; round < 3; ++round) {
            const auto opponent = world.opponent(round);
            const auto record = match.play(round, opponent, 1);
            CHECK(record.opponent == (opponent == 0 ? std::nullopt : opponent));
        }
        CHECK(match.first_stop(trainers) == 0);
    }
    mpi::barrier(world.comm, {.limit_s = 20.0, .what = "test"});
}
