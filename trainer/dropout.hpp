#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "trainer/engine.hpp"

namespace ltfb::trainer {

/// Which units a row of lots is for.
enum class UnitGroup : std::uint32_t { cell, drug1, drug2, top };

/// The dropout draws of one step. A unit is dropped if its 16-bit lot is below `threshold`; the
/// lots come from Philox 4x32-7 (Salmon et al. 2011) with (8-unit block, group and layer, sample
/// position) as counter and a key drawn from (seed, trainer, step).
class DropoutLots {
public:
    /// Units that a call draws at once; rows of lots are rounded up to it.
    static constexpr std::size_t block = 64;

    explicit DropoutLots(const DropoutRule& rule);

    /// Lots of the units [first_unit, first_unit + lots.size()) of `layer` of `group` for the
    /// batch's row `row`; both numbers are multiples of `block`.
    void draw(UnitGroup group,
              std::size_t layer,
              std::size_t row,
              std::size_t first_unit,
              std::span<std::uint16_t> lots) const;

    /// The same for a cell or drug of the set, by its id; both drugs of a sample are one group.
    void draw_for_entity(UnitGroup group,
                         std::size_t layer,
                         std::uint32_t id,
                         std::size_t first_unit,
                         std::span<std::uint16_t> lots) const;

    [[nodiscard]] DropoutScope scope() const noexcept { return scope_; }
    [[nodiscard]] std::uint16_t threshold() const noexcept { return threshold_; }
    /// What kept units are multiplied by (inverted dropout): 1 / P(keep).
    [[nodiscard]] float scale() const noexcept { return scale_; }
    /// Of dropping a unit, as the lots give it.
    [[nodiscard]] double probability() const noexcept { return threshold_ / 65536.0; }
    [[nodiscard]] bool is_off() const noexcept { return threshold_ == 0; }

private:
    void draw_at(UnitGroup group,
                 std::size_t layer,
                 std::uint32_t position,
                 std::size_t first_unit,
                 std::span<std::uint16_t> lots) const;

    std::array<std::uint32_t, 2> key_;
    DropoutScope scope_;
    std::uint32_t first_sample_;
    std::uint16_t threshold_;
    float scale_;
};

/// Length of a row of lots for `units` units.
constexpr std::size_t lots_for(std::size_t units) {
    return (units + DropoutLots::block - 1) / DropoutLots::block * DropoutLots::block;
}

}  // namespace ltfb::trainer
