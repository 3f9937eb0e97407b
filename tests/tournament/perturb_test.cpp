#include "tournament/perturb.hpp"

#include <array>
#include <cmath>
#include <map>

#include <doctest/doctest.h>

using namespace ltfb::tournament;
using Kind = Domain::Kind;
using ltfb::Rng;
using ltfb::Stream;

namespace {

const Domain wide_log{.kind = Kind::loguniform, .low = 1e-5, .high = 1e-1, .choices = {}};
const Domain narrow_log{.kind = Kind::loguniform, .low = 1.0, .high = 1.1, .choices = {}};
const Domain uniform{.kind = Kind::uniform, .low = -1.0, .high = 3.0, .choices = {}};
const Domain integers{.kind = Kind::integer, .low = -3.0, .high = 20.0, .choices = {}};
const Domain two_integers{.kind = Kind::integer, .low = 4.0, .high = 5.0, .choices = {}};
const Domain many_integers{.kind = Kind::integer, .low = 0.0, .high = 0x1p52, .choices = {}};
const Domain choices{.kind = Kind::choice, .choices = {64, 16, 32, 8}};

}  // namespace

TEST_CASE("a million steps never leave the domain, whatever the factor") {
    Rng rng(1, Stream::test);
    for (const Domain& domain :
         {wide_log, narrow_log, uniform, integers, two_integers, many_integers, choices}) {
        for (const double factor : {1.0001, 1.25, 2.0, 30.0}) {
            double value = draw_from(domain, rng);
            bool stayed = true;
            for (int i = 0; i < 40000; ++i) {
                value = perturb(domain, value, factor, rng);
                stayed = stayed && contains(domain, value);
            }
            CHECK(stayed);
        }
    }
}

TEST_CASE(
    "in the interior of a log range: the factor or its reciprocal, as often one as the other") {
    Rng rng(2, Stream::test);
    constexpr int n = 200000;
    double drift = 0.0;
    for (int i = 0; i < n; ++i) {
        const double value = perturb(wide_log, 1e-3, 1.25, rng);
        const bool is_exact = value == 1e-3 * 1.25 || value == 1e-3 / 1.25;
        if (!is_exact) { FAIL_CHECK(value); }
        drift += std::log(value / 1e-3);
    }
    CHECK(std::abs(drift / n) < 4.0 * std::log(1.25) / std::sqrt(n));
}

TEST_CASE("in the interior of a linear range: equally long steps up and down") {
    Rng rng(3, Stream::test);
    constexpr int n = 100000;
    double drift = 0.0;
    for (int i = 0; i < n; ++i) {
        const double move = perturb(uniform, 1.0, 1.25, rng) - 1.0;
        if (std::abs(move) != doctest::Approx(0.5)) { FAIL_CHECK(move); }
        drift += move;
    }
    CHECK(std::abs(drift / n) < 4.0 * 0.5 / std::sqrt(n));
}

TEST_CASE("evenly distributed values stay so: the ends neither attract nor repel") {
    Rng rng(4, Stream::test);
    for (const Domain& domain : {wide_log, narrow_log, uniform}) {
        constexpr int n = 50000;
        std::array<int, 5> counts{};
        for (int i = 0; i < n; ++i) {
            double value = draw_from(domain, rng);
            for (int step = 0; step < 20; ++step) { value = perturb(domain, value, 1.4, rng); }
            ++counts.at(static_cast<std::size_t>(std::min(4.0, 5.0 * to_unit(domain, value))));
        }
        for (const int count : counts) { CHECK(std::abs(count - n / 5) < 450); }  // 5 deviations
    }
}

TEST_CASE("integers always move, by one where the factor's step is smaller, and prefer no end") {
    Rng rng(5, Stream::test);
    for (const Domain& domain : {integers, two_integers}) {
        for (const double factor : {1.0001, 1.1, 1.3, 2.0, 9.0}) {
            double value = domain.low;
            double sum = 0.0;
            constexpr int n = 20000;
            int stuck = 0;
            for (int i = 0; i < n; ++i) {
                const double next = perturb(domain, value, factor, rng);
                stuck += next == value ? 1 : 0;
                if (factor == 1.0001 && std::abs(next - value) != 1.0) { FAIL_CHECK(next); }
                value = next;
                sum += (value - domain.low) / (domain.high - domain.low);
            }
            CHECK(stuck == 0);
            if (factor > 1.2) { CHECK(std::abs(sum / n - 0.5) < 0.05); }
        }
    }
}

TEST_CASE("choices move to a neighbour in the list, from an end to its only one") {
    Rng rng(6, Stream::test);
    std::map<double, std::map<double, int>> moves;
    for (int i = 0; i < 4000; ++i) {
        const double from = choices.choices[static_cast<std::size_t>(i % 4)];
        ++moves[from][perturb(choices, from, 1.25, rng)];
    }
    CHECK(moves[64].size() == 1);
    CHECK(moves[64][16] == 1000);
    CHECK(moves[16].size() == 2);
    CHECK(std::abs(moves[16][64] - 500) < 80);
    CHECK(std::abs(moves[32][8] - 500) < 80);
    CHECK(moves[8][32] == 1000);
    const Domain single{.kind = Kind::choice, .choices = {7}};
    CHECK(perturb(single, 7, 1.25, rng) == 7);
}

TEST_CASE("a value outside is taken inside first") {
    Rng rng(7, Stream::test);
    for (const Domain& domain : {wide_log, uniform, integers, choices}) {
        for (const double outside : {-1e9, 0.0, 1e9}) {
            CHECK(contains(domain, perturb(domain, outside, 1.25, rng)));
        }
    }
}
