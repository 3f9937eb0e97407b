#include "trainer/dropout.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/rng.hpp"
#include "trainer/philox.hpp"

namespace ltfb::trainer {

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
    static_assert(philox::halves == block);
    constexpr std::size_t lots_per_counter = 8;  // 128 bits
    const auto layer_id =
        (static_cast<std::uint32_t>(group) << 16U) + static_cast<std::uint32_t>(layer);
    philox::draw(key_,
                 {.first_block = static_cast<std::uint32_t>(first_unit / lots_per_counter),
                  .layer = layer_id,
                  .sample = position},
                 lots);
}

}  // namespace ltfb::trainer
