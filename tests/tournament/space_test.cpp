#include "tournament/space.hpp"

#include <doctest/doctest.h>

#include "space_fixture.hpp"
#include "tournament/make_space.hpp"
#include "tournament/space_text.hpp"

using namespace ltfb::tournament;

namespace {

Space space_of(const std::string& json_text) {
    return make_space(parse_space(json_text, "space"), test_context());
}

}  // namespace

TEST_CASE("a draw is pure, differs between trainers and seeds, and lies in its domain") {
    const Space space = space_of(R"({"lr": "loguniform:1e-4,1e-2", "batch": "int:16,1024"})");
    for (int trainer = 0; trainer < 200; ++trainer) {
        const Values values = draw(space, trainer, 7);
        CHECK(values == draw(space, trainer, 7));
        CHECK(values.at("lr") != draw(space, trainer + 1, 7).at("lr"));
        CHECK(values.at("lr") != draw(space, trainer, 8).at("lr"));
        for (const Variable& variable : space.variables) {
            CHECK(contains(variable.domain, values.at(variable.key)));
        }
    }
}

TEST_CASE("a key's draw does not depend on what else is varied, nor on other keys' draws") {
    const Space one = space_of(R"({"lr": "uniform:0.1,1"})");
    const Space two = space_of(R"({"dropout": "uniform:0,0.9", "lr": "uniform:0.1,1"})");
    CHECK(draw(one, 3, 7).at("lr") == draw(two, 3, 7).at("lr"));
    CHECK(draw(two, 3, 7).at("lr") != doctest::Approx(0.1 + draw(two, 3, 7).at("dropout")));
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
        const Values values = draw(space, trainer, 1);
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
    CHECK(draw(space_of(R"({"clip": {"uniform": [1, 2], "when": {"batch": 256}}})"), 0, 1)
              .at("clip") >= 1.0);
    CHECK(draw(space_of(R"({"clip": {"uniform": [1, 2], "when": {"batch": 128}}})"), 0, 1)
              .at("clip") == 0.0);
}
