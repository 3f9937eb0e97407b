#include "core/nearest.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace ltfb;

TEST_CASE("a mistyped name finds the one that was meant") {
    const std::array<std::string, 5> known{"hidden", "trainers", "rounds", "lr", "steps-per-round"};
    CHECK(nearest("hiden", known) == "hidden");
    CHECK(nearest("hidden", known) == "hidden");
    CHECK(nearest("trainer", known) == "trainers");
    CHECK(nearest("step-per-rounds", known) == "steps-per-round");
    CHECK(nearest("roudns", known) == "rounds");
}

TEST_CASE("nothing is guessed for a name that is like none") {
    const std::array<std::string, 3> known{"hidden", "trainers", "lr"};
    CHECK(nearest("frobnicate", known).empty());
    CHECK(nearest("xy", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest("hidden", {}).empty());
}
