#include "tournament/explore.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "space_fixture.hpp"
#include "tournament/make_space.hpp"
#include "tournament/space_text.hpp"

using namespace ltfb::tournament;
using Kind = ExploreRule::Kind;

namespace {

Space space_of(const std::string& json_text) {
    return make_space(parse_space(json_text, "space"), test_context());
}

const char* const everything = R"({
    "lr": "loguniform:1e-5,1e-1", "dropout": "uniform:0,0.5", "batch": "choice:64,128,256",
    "clip": {"int": [1, 9], "when": {"batch": [64, 128]}},
    "momentum": {"uniform": [0, 0.5], "when": {"optimizer": "sgd"}}})";

bool is_in_space(const Space& space, const Values& values) {
    for (const Variable& variable : space.variables) {
        const double value = values.at(variable.key);
        if (is_active(space, variable, values) ? !contains(variable.domain, value)
                                               : value != base_of(space, variable)) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("a million changes never leave the space, and apply does what they say") {
    const Space space = space_of(everything);
    const ExploreRule rule{.kind = Kind::perturb, .factor = 1.3, .resample_probability = 0.1};
    std::size_t count = 0;
    bool stayed = true;
    bool agrees = true;
    for (int trainer = 0; count < 1000000; ++trainer) {
        Values values = draw(space, {1, trainer, trainer + 1});
        for (int round = 0; round < 500; ++round) {
            const Values before = values;
            const auto changes = explore(values, space, rule, {1, round, trainer});
            apply_changes(changes, values);
            stayed = stayed && is_in_space(space, values);
            for (const Change& change : changes) {
                agrees = agrees && change.old_value == before.at(change.key) &&
                         change.new_value == values.at(change.key);
            }
            count += changes.size();
        }
    }
    CHECK(stayed);
    CHECK(agrees);
}

TEST_CASE("pure in values, rule and point") {
    const Space space = space_of(everything);
    const Values values = draw(space, {.seed = 1});
    const auto moved = [&](const ExplorePoint& point) {
        Values result = values;
        apply_changes(explore(values, space, {}, point), result);
        return result;
    };
    CHECK(moved({1, 2, 3}) == moved({1, 2, 3}));
    int different = 0;
    for (int i = 0; i < 64; ++i) {
        different += moved({1, i, 3}) != moved({1, i + 1, 3}) ? 1 : 0;
        different += moved({1, 2, i}) != moved({1, 2, i + 1}) ? 1 : 0;
        const auto seed = static_cast<std::uint64_t>(i);
        different += moved({seed, 2, 3}) != moved({seed + 1, 2, 3}) ? 1 : 0;
    }
    CHECK(different > 150);  // of 192; up or down for four keys agree by chance once in 16
}

TEST_CASE("perturb has no drift in log space") {
    const Space space = space_of(R"({"lr": "loguniform:1e-11,1"})");
    constexpr int trainers = 4000;
    constexpr int rounds = 25;
    double sum = 0.0;
    for (int trainer = 0; trainer < trainers; ++trainer) {
        Values values{{"lr", 1e-5}};
        for (int round = 0; round < rounds; ++round) {
            apply_changes(explore(values, space, {}, {9, round, trainer}), values);
        }
        sum += std::log(values.at("lr") / 1e-5);
    }
    CHECK(std::abs(sum / trainers) < 4.0 * std::log(1.25) * std::sqrt(rounds / 4000.0));
}

TEST_CASE("resample draws anew with its probability") {
    const Space space = space_of(R"({"lr": "loguniform:1e-5,1e-1"})");
    int resampled = 0;
    for (int round = 0; round < 10000; ++round) {
        const auto changes = explore({{"lr", 1e-3}},
                                     space,
                                     {.kind = Kind::perturb, .resample_probability = 0.25},
                                     {1, round, 0});
        REQUIRE(changes.size() == 1);
        resampled += changes[0].op == Operator::resample ? 1 : 0;
    }
    CHECK(std::abs(resampled - 2500) < 200);
    const auto always = explore({{"lr", 1e-3}}, space, {.kind = Kind::resample}, {1, 0, 0});
    CHECK(always.at(0).op == Operator::resample);
    CHECK(explore({{"lr", 1e-3}}, space, {.kind = Kind::none}, {1, 0, 0}).empty());
}

TEST_CASE("a key is drawn when its condition starts to hold, and has its base value after") {
    const Space space = space_of(
        R"({"batch": "choice:64,128", "clip": {"uniform": [1, 2], "when": {"batch": 64}}})");
    const auto on = explore({{"batch", 128}, {"clip", 0}}, space, {}, {1, 0, 0});
    REQUIRE(on.size() == 2);
    CHECK(on[0].key == "batch");
    CHECK(on[1].op == Operator::activate);
    CHECK(on[1].new_value >= 1.0);
    const auto off = explore({{"batch", 64}, {"clip", 1.5}}, space, {}, {1, 0, 0});
    REQUIRE(off.size() == 2);
    CHECK(off[1].op == Operator::deactivate);
    CHECK(off[1].old_value == 1.5);
    CHECK(off[1].new_value == 0.0);
}

TEST_CASE("what cannot move is not listed") {
    CHECK(explore({{"batch", 64}}, space_of(R"({"batch": "choice:64"})"), {}, {1, 0, 0}).empty());
    CHECK(explore({{"batch", 64}}, space_of("{}"), {}, {1, 0, 0}).empty());
}

TEST_CASE("rules are checked") {
    for (const char* kind : {"none", "perturb", "resample", "pb2"}) {
        CHECK(to_text(make_explore_rule(kind, 1.25, 0.0).kind) == kind);
    }
    CHECK(to_text(Operator::deactivate) == "deactivate");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(make_explore_rule("mutate", 1.25, 0.0), ltfb::InputError);
    for (const double factor : {1.0, 0.8, -2.0, nan, HUGE_VAL}) {
        CHECK_THROWS_AS(make_explore_rule("perturb", factor, 0.0), ltfb::InputError);
    }
    for (const double probability : {-0.1, 1.1, nan}) {
        CHECK_THROWS_AS(make_explore_rule("perturb", 1.25, probability), ltfb::InputError);
    }
}
