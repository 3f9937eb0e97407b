#include "tournament/domain.hpp"

#include <cmath>
#include <map>

#include <doctest/doctest.h>

using namespace ltfb::tournament;
using Kind = Domain::Kind;

namespace {

const Domain uniform{.kind = Kind::uniform, .low = -1.0, .high = 3.0, .choices = {}};
const Domain log_uniform{.kind = Kind::loguniform, .low = 1e-4, .high = 1e-2, .choices = {}};
const Domain integers{.kind = Kind::integer, .low = -2.0, .high = 2.0, .choices = {}};
const Domain choices{.kind = Kind::choice, .choices = {64, 16, 32}};

}  // namespace

TEST_CASE("draws are inside, and even on the scale of the domain") {
    ltfb::Rng rng(1, ltfb::Stream::test);
    constexpr int n = 40000;
    for (const Domain& domain : {uniform, log_uniform}) {
        int below_middle = 0;
        for (int i = 0; i < n; ++i) {
            const double value = draw_from(domain, rng);
            REQUIRE(contains(domain, value));
            below_middle += to_unit(domain, value) < 0.5 ? 1 : 0;
        }
        CHECK(std::abs(below_middle - n / 2) < 600);  // 6 standard deviations
    }
    CHECK(from_unit(log_uniform, 0.5) == doctest::Approx(1e-3));
    CHECK(from_unit(uniform, 0.5) == 1.0);
}

TEST_CASE("integers and choices are drawn equally often, ends included") {
    ltfb::Rng rng(2, ltfb::Stream::test);
    for (const Domain& domain : {integers, choices}) {
        std::map<double, int> counts;
        constexpr int n = 30000;
        for (int i = 0; i < n; ++i) { ++counts[draw_from(domain, rng)]; }
        CHECK(counts.size() == (domain.kind == Kind::choice ? 3 : 5));
        for (const auto& [value, count] : counts) {
            CHECK(contains(domain, value));
            CHECK(std::abs(count - n / static_cast<int>(counts.size())) < 500);
        }
    }
}

TEST_CASE("unit scale and back; the ends are reached exactly, never left") {
    for (const Domain& domain : {uniform, log_uniform}) {
        CHECK(from_unit(domain, 0.0) == doctest::Approx(domain.low));
        CHECK(from_unit(domain, 1.0) == doctest::Approx(domain.high));
        CHECK(contains(domain, from_unit(domain, 0.0)));
        CHECK(contains(domain, from_unit(domain, 1.0)));
        CHECK(contains(domain, from_unit(domain, 1.5)));
        CHECK(to_unit(domain, domain.low) == 0.0);
        CHECK(to_unit(domain, domain.high) == 1.0);
        CHECK(to_unit(domain, 100.0) == 1.0);
        CHECK(to_unit(domain, -100.0) == 0.0);
        for (const double unit : {0.1, 0.25, 0.9}) {
            CHECK(to_unit(domain, from_unit(domain, unit)) == doctest::Approx(unit));
        }
    }
}

TEST_CASE("a log range over most of what a double can hold does not overflow") {
    const Domain wide{.kind = Kind::loguniform, .low = 1e-300, .high = 1e300, .choices = {}};
    CHECK(from_unit(wide, 0.5) == doctest::Approx(1.0));
    CHECK(to_unit(wide, 1.0) == doctest::Approx(0.5));
}

TEST_CASE("the nearest value of a domain") {
    CHECK(nearest_in(uniform, 5.0) == 3.0);
    CHECK(nearest_in(uniform, 0.3) == 0.3);
    CHECK(nearest_in(integers, 1.4) == 1.0);
    CHECK(nearest_in(integers, -7.0) == -2.0);
    CHECK(nearest_in(choices, 20.0) == 16.0);
    CHECK(nearest_in(choices, 1e9) == 64.0);
    CHECK_FALSE(contains(integers, 0.5));
    CHECK_FALSE(contains(choices, 48.0));
}
