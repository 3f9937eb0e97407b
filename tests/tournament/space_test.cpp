#include "tournament/space.hpp"

#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include "space_fixture.hpp"
#include "tournament/make_space.hpp"
#include "tournament/space_text.hpp"

using namespace ltfb::tournament;

namespace {

Space space_of(const std::string& json_text) {
    return make_space(parse_space(json_text, "space"), test_context());
}

Values draw_of(const Space& space, int trainer, std::uint64_t seed) {
    return draw(space, {.seed = seed, .trainer = trainer, .trainers = 201});
}

}  // namespace

TEST_CASE("a draw is pure, differs between trainers and seeds, and lies in its domain") {
    const Space space = space_of(R"({"lr": "loguniform:1e-4,1e-2", "batch": "int:16,1024"})");
    for (int trainer = 0; trainer < 200; ++trainer) {
        const Values values = draw_of(space, trainer, 7);
        CHECK(values == draw_of(space, trainer, 7));
        CHECK(values.at("lr") != draw_of(space, trainer + 1, 7).at("lr"));
        CHECK(values.at("lr") != draw_of(space, trainer, 8).at("lr"));
        for (const Variable& variable : space.variables) {
            CHECK(contains(variable.domain, values.at(variable.key)));
        }
    }
}

TEST_CASE("a key's draw does not depend on what else is varied, nor on other keys' draws") {
    const Space one = space_of(R"({"lr": "uniform:0.1,1"})");
    const Space two = space_of(R"({"dropout": "uniform:0,0.9", "lr": "uniform:0.1,1"})");
    CHECK(draw_of(one, 3, 7).at("lr") == draw_of(two, 3, 7).at("lr"));
    CHECK(draw_of(two, 3, 7).at("lr") != doctest::Approx(0.1 + draw_of(two, 3, 7).at("dropout")));
}

TEST_CASE(
    "the draws of a population lie evenly over a domain, in an order of their own for each key") {
    const Space space = space_of(
        R"({"lr": "loguniform:1e-5,1e-1", "dropout": "uniform:0,0.8", "batch": "choice:32,64,128,256"})");
    constexpr int trainers = 8;
    std::map<std::string, std::map<int, int>> counts;
    std::map<int, int> part_of_dropout;
    for (int trainer = 0; trainer < trainers; ++trainer) {
        const Values values = draw(space, {.seed = 3, .trainer = trainer, .trainers = trainers});
        const int decades = static_cast<int>(std::floor(2.0 * std::log10(values.at("lr") / 1e-5)));
        ++counts["lr"][decades];
        ++counts["dropout"][static_cast<int>(values.at("dropout") * 10.0)];
        ++counts["batch"][static_cast<int>(values.at("batch"))];
        part_of_dropout[decades] = static_cast<int>(values.at("dropout") * 10.0);
    }
    CHECK(counts["lr"] ==
          std::map<int, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}});
    CHECK(counts["dropout"] == counts["lr"]);
    CHECK(counts["batch"] == std::map<int, int>{{32, 2}, {64, 2}, {128, 2}, {256, 2}});
    CHECK(part_of_dropout !=
          std::map<int, int>{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}});
}

TEST_CASE("a key whose condition does not hold keeps its base value") {
    const Space space = space_of(R"({
        "batch": "choice:64,128",
        "dropout": {"uniform": [0.5, 0.9], "when": {"batch": 64}},
        "clip": {"uniform": [1, 2], "when": {"dropout": {"from": 0.5, "to": 0.9}}},
        "momentum": {"uniform": [0, 0.5], "when": {"optimizer": "sgd"}},
        "lr": {"uniform": [1, 2], "when": {"optimizer": ["sgd", "adam"], "momentum": 0.9}}})");
    int active = 0;
    for (int trainer = 0; trainer < 100; ++trainer) {
        const Values values = draw_of(space, trainer, 1);
        const bool is_small = values.at("batch") == 64.0;
        active += is_small ? 1 : 0;
        CHECK((values.at("dropout") != 0.05) == is_small);
        CHECK((values.at("clip") != 0.0) == is_small);
        CHECK(values.at("momentum") == 0.9);
        CHECK(values.at("lr") >= 1.0);
    }
    CHECK(active > 20);
    CHECK(active < 80);
}

TEST_CASE("a condition on a key that isn't varied is decided by its base value") {
    CHECK(draw_of(space_of(R"({"clip": {"uniform": [1, 2], "when": {"batch": 256}}})"), 0, 1)
              .at("clip") >= 1.0);
    CHECK(draw_of(space_of(R"({"clip": {"uniform": [1, 2], "when": {"batch": 128}}})"), 0, 1)
              .at("clip") == 0.0);
}
