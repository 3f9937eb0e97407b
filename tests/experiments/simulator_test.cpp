#include "experiments/simulator/simulator.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "tournament/domain_text.hpp"
#include "tournament/make_space.hpp"

using namespace ltfb::experiments;
using namespace ltfb::tournament;

namespace {

Space lr_space(const char* vary = "lr=loguniform:1e-3,1") {
    return make_space(
        {parse_vary(vary)},
        {.keys = {{"lr", {.lowest = 1e-9, .highest = 100.0, .base = 1e-2}}}, .settings = {}});
}

Policy policy_of(SelectionRule::Kind kind) {
    Policy policy;
    policy.selection.kind = kind;
    return policy;
}

double loss_after(double lr, int rounds) {
    const NoisyQuadratic world(10);
    auto model = world.initial_model();
    for (int round = 0; round < rounds; ++round) { world.train(model, {{"lr", lr}}, round); }
    return world.loss(model);
}

}  // namespace

TEST_CASE("noisy quadratic: small rates are slow, large ones noisy, larger ones diverge") {
    CHECK(loss_after(1e-3, 50) > loss_after(1e-1, 50));
    CHECK(loss_after(1.0, 2) < loss_after(0.1, 2));
    CHECK(loss_after(1.0, 500) > loss_after(0.1, 500));
    CHECK_FALSE(loss_after(10.0, 50) < 1e6);
    // One step by hand: curvature 1 from 1 to (1 - 0.5)^2 + 0.25 * 0.02, and so on.
    const NoisyQuadratic one_step(1);
    auto model = one_step.initial_model();
    one_step.train(model, {{"lr", 0.5}}, 0);
    CHECK(model[0] == doctest::Approx(0.255));
}

TEST_CASE("moving optimum: a gain of 1 at the optimum, less beside it") {
    const Space space = lr_space();
    const MovingOptimum world(space, 0.1, 40.0);
    for (const int round : {0, 7, 30}) {
        const double best = from_unit(space.variables[0].domain, world.optimum(0, round));
        auto model = world.initial_model();
        world.train(model, {{"lr", best}}, round);
        CHECK(world.loss(model) == doctest::Approx(-1.0));
        world.train(model, {{"lr", best * 2.0}}, round);
        CHECK(world.loss(model) > -1.9);
    }
    CHECK(world.optimum(0, 0) != doctest::Approx(world.optimum(0, 10)));
}

TEST_CASE("a simulation is pure, and seeds differ") {
    const NoisyQuadratic world(10);
    const auto run = [&](std::uint64_t seed) {
        return simulate(world,
                        lr_space(),
                        {},
                        {.trainers = 5, .rounds = 12, .seed = seed, .score_noise = 0.01})
            .back()
            .best_loss;
    };
    CHECK(run(3) == run(3));
    CHECK(run(3) != run(4));
}

TEST_CASE("without selection nobody adopts or explores") {
    const NoisyQuadratic world(10);
    const Space space = lr_space();
    const auto rounds =
        simulate(world, space, policy_of(SelectionRule::Kind::none), {.trainers = 3, .rounds = 9});
    for (const RoundSummary& round : rounds) { CHECK(round.adoptions == 0); }
    double best = HUGE_VAL;
    for (int trainer = 0; trainer < 3; ++trainer) {
        best = std::min(best, loss_after(draw(space, {1, trainer, 3}).at("lr"), 9));
    }
    CHECK(rounds.back().best_loss == best);
}

TEST_CASE("every selection beats independent trainers by far in the median") {
    const NoisyQuadratic world(10);
    const SimulationSettings settings{.trainers = 8, .rounds = 40, .score_noise = 0.002};
    const double alone = simulate(world, lr_space(), policy_of(SelectionRule::Kind::none), settings)
                             .back()
                             .median_loss;
    for (const auto kind : {SelectionRule::Kind::pairwise,
                            SelectionRule::Kind::truncation,
                            SelectionRule::Kind::regularized_evolution}) {
        const auto rounds = simulate(world, lr_space(), policy_of(kind), settings);
        CHECK(rounds.back().median_loss < alone / 4.0);
        CHECK(rounds.back().best_loss <= rounds.back().median_loss);
    }
}

TEST_CASE("trainers that diverged are taken over by finite models") {
    const NoisyQuadratic world(100);
    const Space space = lr_space("lr=loguniform:1e-1,1e2");
    const SimulationSettings settings{.trainers = 8, .rounds = 30};
    const auto alone =
        simulate(world, space, policy_of(SelectionRule::Kind::none), settings).back();
    CHECK_FALSE(std::isfinite(alone.median_loss));
    for (const auto kind : {SelectionRule::Kind::pairwise, SelectionRule::Kind::truncation}) {
        CHECK(simulate(world, space, policy_of(kind), settings).back().median_loss < 1.0);
    }
}

TEST_CASE("burn-in rounds and strict win rules mean fewer adoptions") {
    const NoisyQuadratic world(10);
    const SimulationSettings settings{.trainers = 8, .rounds = 20, .score_noise = 0.02};
    const auto adoptions = [&](const Policy& policy) {
        int sum = 0;
        for (const auto& round : simulate(world, lr_space(), policy, settings)) {
            sum += round.adoptions;
        }
        return sum;
    };
    const int plain = adoptions({});
    CHECK(plain > 40);
    CHECK(adoptions({.selection = {.burn_in_rounds = 10}, .win = {}, .explore = {}}) <
          plain * 3 / 4);
    CHECK(adoptions({.selection = {}, .win = {WinRule::Kind::significance, 0.01}, .explore = {}}) <
          plain * 3 / 4);
    CHECK(adoptions({.selection = {}, .win = {WinRule::Kind::margin, 1e9}, .explore = {}}) == 0);
}
