#include "tournament/paired_test.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "core/rng.hpp"

using ltfb::tournament::compare_paired;
using ltfb::tournament::Comparison;

namespace {

Comparison compare(const std::vector<double>& own, const std::vector<double>& challenger) {
    return compare_paired(own, challenger);
}

void check_claims_nothing(const Comparison& comparison) {
    CHECK(comparison.t_statistic == 0.0);
    CHECK(comparison.p_value == 1.0);
}

}  // namespace

TEST_CASE("known answer") {
    // Differences 1, 2, 3, 4, 5: mean 3, standard error sqrt(2.5 / 5); R: t.test(c(1,2,3,4,5))
    const auto result = compare({2, 4, 6, 8, 10}, {1, 2, 3, 4, 5});
    CHECK(result.samples == 5);
    CHECK(result.mean_difference == 3.0);
    CHECK(result.t_statistic == doctest::Approx(4.242640687).epsilon(1e-9));
    CHECK(result.p_value == doctest::Approx(0.01323559).epsilon(1e-6));
}

TEST_CASE("sides swapped: the sign changes, the p-value does not") {
    const auto one = compare({0.5, 0.25, 1.0}, {0.25, 0.5, 0.125});
    const auto other = compare({0.25, 0.5, 0.125}, {0.5, 0.25, 1.0});
    CHECK(one.t_statistic == -other.t_statistic);
    CHECK(one.p_value == other.p_value);
}

TEST_CASE("too few samples claim nothing") {
    check_claims_nothing(compare({}, {}));
    const auto one = compare({3.0}, {1.0});
    check_claims_nothing(one);
    CHECK(one.samples == 1);
    CHECK(one.mean_difference == 2.0);
}

TEST_CASE("differences without variance") {
    check_claims_nothing(compare({1, 2, 3}, {1, 2, 3}));
    const auto always_better = compare({1.5, 2.5, 3.5}, {1, 2, 3});
    CHECK(always_better.t_statistic == std::numeric_limits<double>::infinity());
    CHECK(always_better.p_value == 0.0);
    CHECK(compare({1, 2, 3}, {1.5, 2.5, 3.5}).t_statistic ==
          -std::numeric_limits<double>::infinity());
}

TEST_CASE("losses that aren't finite claim nothing") {
    const double inf = std::numeric_limits<double>::infinity();
    for (const double bad : {std::nan(""), inf, -inf}) {
        check_claims_nothing(compare({1, bad, 3}, {3, 2, 1}));
        check_claims_nothing(compare({1, 2, 3}, {3, bad, 1}));
        check_claims_nothing(compare({1, bad, 3}, {3, bad, 1}));
    }
    check_claims_nothing(compare({1e300, -1e300, 1}, {0, 0, 0}));  // finite, their squares are not
}

TEST_CASE("equal models are called different as often as the level says") {
    ltfb::Rng rng(5, ltfb::Stream::test);
    constexpr int trials = 4000;
    int rejected = 0;
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<double> own(12);
        std::vector<double> challenger(12);
        for (double& loss : own) { loss = rng.normal(); }
        for (double& loss : challenger) { loss = rng.normal(); }
        rejected += compare_paired(own, challenger).p_value < 0.05 ? 1 : 0;
    }
    CHECK(std::abs(rejected - trials / 20) < 45);  // more than 3 standard deviations of 13.8
}
