#include "trainer/dropout.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "core/rng.hpp"
#include "trainer/simd.hpp"

namespace ltfb::trainer {

static_assert(std::endian::native == std::endian::little, "lots are halves of little-endian words");

namespace {

constexpr std::size_t lots_per_counter = 8;  // 128 bits
constexpr std::size_t lanes = DropoutLots::block / lots_per_counter;
using Words = std::array<std::array<std::uint32_t, lanes>, 4>;

struct Counter {
    std::uint32_t first_block;
    std::uint32_t layer;
    std::uint32_t sample;
};

// Constants of Philox 4x32 (Salmon et al. 2011).
constexpr std::uint64_t multiplier0 = 0xD2511F53;
constexpr std::uint64_t multiplier1 = 0xCD9E8D57;
constexpr std::uint32_t weyl0 = 0x9E3779B9;
constexpr std::uint32_t weyl1 = 0xBB67AE85;
constexpr std::uint32_t rounds = 7;  // the fewest that pass BigCrush (ibid., table 2)

// One loop without calls, for the compiler to vectorise over lanes.
LTFB_MULTIVERSION
void draw_blocks(const std::array<std::uint32_t, 2>& key,
                 const Counter& counter,
                 std::span<std::uint16_t> lots) {
    Words words;
    for (std::size_t at = 0; at < lots.size(); at += DropoutLots::block) {
        const auto first = counter.first_block + static_cast<std::uint32_t>(at / lots_per_counter);
        for (std::uint32_t l = 0; l < lanes; ++l) {
            std::uint32_t c0 = first + l;
            std::uint32_t c1 = counter.layer;
            std::uint32_t c2 = counter.sample;
            std::uint32_t c3 = 0;
#pragma GCC unroll 7
            for (std::uint32_t r = 0; r < rounds; ++r) {
                const std::uint64_t product0 = multiplier0 * c0;
                const std::uint64_t product1 = multiplier1 * c2;
                c0 = static_cast<std::uint32_t>(product1 >> 32U) ^ c1 ^ (key[0] + r * weyl0);
                c1 = static_cast<std::uint32_t>(product1);
                c2 = static_cast<std::uint32_t>(product0 >> 32U) ^ c3 ^ (key[1] + r * weyl1);
                c3 = static_cast<std::uint32_t>(product0);
            }
            words[0][l] = c0;
            words[1][l] = c1;
            words[2][l] = c2;
            words[3][l] = c3;
        }
        std::memcpy(&lots[at], words.data(), sizeof words);
    }
}

}  // namespace

DropoutLots::DropoutLots(const DropoutRule& rule)
    : scope_(rule.scope),
      first_sample_(rule.first_sample),
      threshold_(
          static_cast<std::uint16_t>(std::min(std::lround(rule.probability * 65536.0), 65535L))),
      scale_(static_cast<float>(65536.0 / (65536.0 - threshold_))) {
    const auto step_low = static_cast<std::uint32_t>(rule.step);
    const auto step_high = static_cast<std::uint32_t>(rule.step >> 32U);
    Rng rng(rule.seed, Stream::dropout, {rule.trainer, step_low});
    key_ = {rng(), rng() ^ step_high};
}

void DropoutLots::draw(UnitGroup group,
                       std::size_t layer,
                       std::size_t row,
                       std::size_t first_unit,
                       std::span<std::uint16_t> lots) const {
    draw_at(group, layer, first_sample_ + static_cast<std::uint32_t>(row), first_unit, lots);
}

void DropoutLots::draw_for_entity(UnitGroup group,
                                  std::size_t layer,
                                  std::uint32_t id,
                                  std::size_t first_unit,
                                  std::span<std::uint16_t> lots) const {
    const bool is_drug = group == UnitGroup::drug2;
    draw_at(is_drug ? UnitGroup::drug1 : group, layer, id, first_unit, lots);
}

void DropoutLots::draw_at(UnitGroup group,
                          std::size_t layer,
                          std::uint32_t position,
                          std::size_t first_unit,
                          std::span<std::uint16_t> lots) const {
    assert(lots.size() % block == 0 && first_unit % block == 0);
    static_assert(sizeof(Words) == block * sizeof(std::uint16_t));
    const auto layer_id =
        (static_cast<std::uint32_t>(group) << 16U) + static_cast<std::uint32_t>(layer);
    const Counter counter{.first_block = static_cast<std::uint32_t>(first_unit / lots_per_counter),
                          .layer = layer_id,
                          .sample = position};
    draw_blocks(key_, counter, lots);
}

}  // namespace ltfb::trainer
