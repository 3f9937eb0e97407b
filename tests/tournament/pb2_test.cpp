#include "tournament/pb2.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "space_fixture.hpp"
#include "tournament/make_space.hpp"
#include "tournament/space_text.hpp"

using namespace ltfb::tournament;
using ltfb::Rng;
using ltfb::Stream;

namespace {

Space space_of(const std::string& json_text) {
    return make_space(parse_space(json_text, "space"), test_context());
}

const char* const only_lr = R"({"lr": "loguniform:1e-5,1e-1"})";

/// The unit value of lr proposed after observing `gain` of (unit lr, round) in each of 10 rounds.
template <class Gain>
double proposed_lr(const Gain& gain, int trainer = 0) {
    const Space space = space_of(only_lr);
    const Domain& lr = space.variables[0].domain;
    Rng rng(3, Stream::test);
    std::vector<Observation> observations;
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 6; ++i) {
            const double unit = rng.uniform();
            observations.push_back({round, {{"lr", from_unit(lr, unit)}}, gain(unit, round)});
        }
    }
    const auto changes =
        explore_pb2({{"lr", 1e-3}}, space, {}, {observations, {}}, {1, 9, trainer});
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].op == Operator::pb2);
    CHECK(contains(lr, changes[0].new_value));
    return to_unit(lr, changes[0].new_value);
}

}  // namespace

TEST_CASE("goes to the optimum, scale and offset of the gain notwithstanding") {
    for (const double scale : {1e-6, 1.0, 1e9}) {
        const double unit =
            proposed_lr([scale](double u, int) { return scale * (5.0 - (u - 0.3) * (u - 0.3)); });
        CHECK(std::abs(unit - 0.3) < 0.06);
    }
}

TEST_CASE("follows an optimum that moves") {
    const double unit = proposed_lr([](double u, int round) {
        const double optimum = 0.1 + 0.08 * round;
        return -(u - optimum) * (u - optimum);
    });
    CHECK(unit > 0.7);
}

TEST_CASE("keeps away from what diverges, and is not blinded by an explosion") {
    const double infinite = std::numeric_limits<double>::infinity();
    for (const double lost : {std::nan(""), infinite, -infinite, -1e30}) {
        const double unit = proposed_lr([lost](double u, int) { return u > 0.6 ? lost : u; });
        CHECK(unit > 0.3);
        CHECK(unit < 0.65);
    }
}

TEST_CASE("gains without information are survived") {
    proposed_lr([](double, int) { return 1.0; });
    proposed_lr([](double, int) { return std::nan(""); });
    const Space space = space_of(only_lr);
    const std::vector<Observation> same(50, Observation{3, {{"lr", 1e-3}}, 0.5});
    const auto changes = explore_pb2({{"lr", 1e-3}}, space, {}, {same, {}}, {1, 3, 0});
    REQUIRE(changes.size() == 1);
    CHECK(contains(space.variables[0].domain, changes[0].new_value));
}

TEST_CASE("does not repeat what others are about to do where little is known") {
    const Space space = space_of(only_lr);
    const Domain& lr = space.variables[0].domain;
    std::vector<Observation> observations;
    for (double unit = 0.35; unit < 0.65; unit += 0.01) {
        observations.push_back({0, {{"lr", from_unit(lr, unit)}}, std::sin(30.0 * unit)});
    }
    const auto propose = [&](const std::vector<Values>& pending) {
        return explore_pb2({{"lr", 1e-3}}, space, {}, {observations, pending}, {1, 0, 0})
            .at(0)
            .new_value;
    };
    const double first = propose({});
    CHECK(propose({}) == first);
    CHECK(std::abs(to_unit(lr, propose({{{"lr", first}}})) - to_unit(lr, first)) > 0.1);
}

TEST_CASE("keys that aren't continuous are perturbed, conditions hold, too little data resamples") {
    const Space space = space_of(R"({
        "lr": "loguniform:1e-5,1e-1", "batch": "choice:64,128,256", "dropout": "uniform:0,0.5",
        "momentum": {"uniform": [0, 0.5], "when": {"optimizer": "sgd"}},
        "clip": {"uniform": [1, 2], "when": {"batch": [64, 256]}}})");
    std::vector<Observation> observations;
    for (int trainer = 0; trainer < 3; ++trainer) {
        observations.push_back({0, draw(space, {1, trainer, 10}), 0.1 * trainer});
    }
    Values values = draw(space, {1, 9, 10});
    values["batch"] = 64;
    values["clip"] = 1.5;
    for (const auto& change : explore_pb2(values, space, {}, {observations, {}}, {1, 0, 0})) {
        CHECK(change.op != Operator::pb2);
    }
    for (int round = 0; round < 30; ++round) {
        const auto changes = explore_pb2(values, space, {}, {observations, {}}, {1, round, 0});
        const Values before = values;
        apply_changes(changes, values);
        for (const Change& change : changes) {
            CHECK(change.key != "momentum");
            if (change.key == "batch") { CHECK(change.op == Operator::perturb); }
            if (change.key == "lr" && round > 0) { CHECK(change.op == Operator::pb2); }
        }
        for (const Variable& variable : space.variables) {
            const double value = values.at(variable.key);
            CHECK((is_active(space, variable, values) ? contains(variable.domain, value)
                                                      : value == base_of(space, variable)));
        }
        observations.push_back({round, before, 0.01 * round});
    }
}

TEST_CASE("pure; a space without continuous keys is perturbed") {
    const auto gain = [](double u, int) { return u; };
    CHECK(proposed_lr(gain, 4) == proposed_lr(gain, 4));
    const Space space = space_of(R"({"batch": "choice:64,128"})");
    const std::vector<Observation> observations(9, Observation{0, {{"batch", 64}}, 1.0});
    CHECK(explore_pb2({{"batch", 64}}, space, {}, {observations, {}}, {1, 0, 0}).at(0).new_value ==
          128);
}

TEST_CASE("only the newest observations count") {
    const Space space = space_of(only_lr);
    const Domain& lr = space.variables[0].domain;
    Rng rng(4, Stream::test);
    std::vector<Observation> recent;
    for (std::size_t i = 0; i < pb2_window; ++i) {
        const double unit = rng.uniform();
        recent.push_back({100, {{"lr", from_unit(lr, unit)}}, unit});
    }
    std::vector<Observation> all = recent;
    all.insert(all.begin(), 500, Observation{99, {{"lr", 1e-5}}, 1e6});
    const ExplorePoint point{1, 100, 0};
    CHECK(explore_pb2({{"lr", 1e-3}}, space, {}, {all, {}}, point).at(0).new_value ==
          explore_pb2({{"lr", 1e-3}}, space, {}, {recent, {}}, point).at(0).new_value);
}
