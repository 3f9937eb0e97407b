#include <doctest/doctest.h>

#include "experiments/simulator/simulator.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/make_space.hpp"

using namespace ltfb::experiments;
using namespace ltfb::tournament;

namespace {

/// Mean gain of a round, of at most 1, over trainers, rounds and seeds.
double mean_gain(ExploreRule::Kind kind, double resample_probability = 0.0) {
    const Space space =
        make_space({parse_vary("lr=loguniform:1e-5,1e-1"), parse_vary("dropout=uniform:0,0.5")},
                   {.keys = {{"lr", {.lowest = 1e-12, .highest = 10.0, .base = 1e-3}},
                             {"dropout", {.lowest = 0.0, .highest = 0.9, .base = 0.05}}},
                    .settings = {}});
    const MovingOptimum world(space, 0.15, 60.0);
    Policy policy;
    policy.explore = {.kind = kind, .resample_probability = resample_probability};
    constexpr int rounds = 30;
    constexpr int seeds = 3;
    double sum = 0.0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const SimulationSettings settings{
            .trainers = 4, .rounds = rounds, .seed = seed, .score_noise = 0.05};
        for (const auto& round : simulate(world, space, policy, settings)) {
            sum += round.mean_gain / rounds / seeds;
        }
    }
    return sum;
}

}  // namespace

TEST_CASE("PB2 follows a moving optimum far better than random exploration") {
    const double pb2 = mean_gain(ExploreRule::Kind::pb2);
    CHECK(pb2 > 1.5 * mean_gain(ExploreRule::Kind::perturb));
    CHECK(pb2 > 1.3 * mean_gain(ExploreRule::Kind::perturb, 0.25));
    CHECK(pb2 > 1.5 * mean_gain(ExploreRule::Kind::resample));
}
