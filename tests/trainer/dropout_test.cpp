#include "trainer/dropout.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <Random123/philox.h>
#include <doctest/doctest.h>

#include "core/rng.hpp"
#include "trainer/philox.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

std::vector<std::uint16_t> lots_of(const DropoutRule& rule,
                                   UnitGroup group = UnitGroup::cell,
                                   std::size_t layer = 0,
                                   std::size_t row = 0) {
    std::vector<std::uint16_t> lots(1024);
    DropoutLots(rule).draw(group, layer, row, 0, lots);
    return lots;
}

}  // namespace

TEST_CASE("lots are those of Random123's Philox") {
    const DropoutRule rule{.seed = 7, .trainer = 3, .step = 11, .first_sample = 20};
    Rng keys(7, Stream::dropout, {3, 11});
    const std::uint32_t key0 = keys();
    const std::uint32_t key1 = keys();
    const auto lots = lots_of(rule, UnitGroup::top, 2, 5);
    std::vector<std::uint16_t> expected(lots.size());
    for (std::uint32_t block = 0; block < lots.size() / 8; ++block) {
        const r123::Philox4x32_R<7>::ctr_type counter{{block, (3U << 16U) + 2U, 25U, 0U}};
        const auto words = r123::Philox4x32_R<7>{}(counter, {{key0, key1}});
        for (std::uint32_t w = 0; w < 4; ++w) {
            // Word w of the 8 blocks of 64 units stands together.
            const std::size_t at = block / 8 * 64 + w * 16 + block % 8 * 2;
            expected[at] = static_cast<std::uint16_t>(words[w]);
            expected[at + 1] = static_cast<std::uint16_t>(words[w] >> 16U);
        }
    }
    CHECK(lots == expected);
}

TEST_CASE("lots are the same on all processors") {
    const philox::Key key{0x12345678, 0xFEDCBA98};
    const philox::Counter counter{
        .first_block = 0xFFFFFFF0, .layer = 0x20001, .sample = 0x80000003};
    std::vector<std::uint16_t> fastest(4 * philox::halves);
    std::vector<std::uint16_t> portable(fastest.size());
    philox::draw(key, counter, fastest);
    philox::draw_portably(key, counter, portable);
    CHECK(fastest == portable);
}

TEST_CASE("everything that names a unit changes its lots; nothing else does") {
    const DropoutRule base{.seed = 1, .trainer = 2, .step = 3, .first_sample = 4};
    const auto with = [&](auto change) {
        DropoutRule rule = base;
        change(rule);
        return lots_of(rule);
    };
    std::set<std::vector<std::uint16_t>> distinct{
        lots_of(base),
        with([](auto& r) { r.seed = 2; }),
        with([](auto& r) { r.trainer = 3; }),
        with([](auto& r) { r.step = 4; }),
        with([](auto& r) { r.step += std::uint64_t{1} << 32U; }),
        with([](auto& r) { r.first_sample = 5; }),
        lots_of(base, UnitGroup::drug1),
        lots_of(base, UnitGroup::cell, 1),
        lots_of(base, UnitGroup::cell, 0, 2)};
    CHECK(distinct.size() == 9);
    CHECK(with([](auto& r) { r.probability = 0.3; }) == lots_of(base));
    CHECK(with([](auto& r) { r.first_sample = 5; }) == lots_of(base, UnitGroup::cell, 0, 1));
    std::vector<std::uint16_t> tail(64);
    DropoutLots(base).draw(UnitGroup::cell, 0, 0, 128, tail);
    CHECK(std::equal(tail.begin(), tail.end(), lots_of(base).begin() + 128));
}

TEST_CASE("units are dropped with the asked probability, and what is kept makes up for it") {
    for (const double probability : {0.05, 0.3}) {
        const DropoutLots lots({.probability = probability});
        std::size_t dropped = 0;
        constexpr std::size_t rows = 2000;
        std::vector<std::uint16_t> row(1024);
        for (std::size_t r = 0; r < rows; ++r) {
            lots.draw(UnitGroup::top, 1, r, 0, row);
            dropped += static_cast<std::size_t>(std::count_if(
                row.begin(), row.end(), [&](auto lot) { return lot < lots.threshold(); }));
        }
        const auto units = static_cast<double>(rows * row.size());
        const double sd = std::sqrt(probability * (1.0 - probability) / units);
        CHECK(std::abs(static_cast<double>(dropped) / units - probability) < 4.0 * sd);
        CHECK(static_cast<double>(lots.scale()) ==
              doctest::Approx(1.0 / (1.0 - probability)).epsilon(1e-4));
    }
    CHECK(DropoutLots({.probability = 0.0}).is_off());
    CHECK(DropoutLots({.probability = 0.0}).scale() == 1.0F);
}
