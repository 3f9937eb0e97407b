#include "tournament/box_search.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace ltfb::tournament;
using ltfb::Rng;
using ltfb::Stream;

TEST_CASE("finds the maximum inside, at an edge and in a corner") {
    Rng rng(1, Stream::test);
    for (const double target : {0.37, 0.0, 1.0, 2.0}) {
        const auto function = [target](std::span<const double> at) {
            double sum = 0.0;
            for (const double u : at) { sum -= (u - target) * (u - target); }
            return sum;
        };
        for (const std::size_t dimensions : {1U, 2U, 4U}) {
            const BoxPoint found = maximise_in_box(function, dimensions, {}, rng);
            REQUIRE(found.at.size() == dimensions);
            for (const double u : found.at) { CHECK(std::abs(u - std::min(target, 1.0)) < 2e-3); }
            CHECK(found.value == function(found.at));
        }
    }
}

TEST_CASE("of two hills the higher one") {
    Rng rng(2, Stream::test);
    const auto hills = [](std::span<const double> at) {
        return std::exp(-200.0 * (at[0] - 0.2) * (at[0] - 0.2)) +
               2.0 * std::exp(-200.0 * (at[0] - 0.8) * (at[0] - 0.8));
    };
    CHECK(std::abs(maximise_in_box(hills, 1, {}, rng).at[0] - 0.8) < 2e-3);
}

TEST_CASE("not-a-number is worse than anything; flat functions end the search") {
    Rng rng(3, Stream::test);
    const auto half_defined = [](std::span<const double> at) {
        return at[0] < 0.5 ? std::numeric_limits<double>::quiet_NaN() : -at[0];
    };
    CHECK(maximise_in_box(half_defined, 1, {}, rng).at[0] == doctest::Approx(0.5).epsilon(0.01));
    const auto undefined = [](std::span<const double>) { return std::nan(""); };
    const BoxPoint somewhere = maximise_in_box(undefined, 2, {}, rng);
    for (const double u : somewhere.at) { CHECK((u >= 0.0 && u <= 1.0)); }
}
