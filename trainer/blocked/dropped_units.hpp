#pragma once

#include <bit>

#include "trainer/blocked/step_memory.hpp"
#include "trainer/sparse_rows.hpp"

namespace ltfb::trainer::blocked {

static_assert(side == block_width);

/// A sparse matrix [rows x units] of what dropout takes from rows: its blocks of units, each with
/// its entries by ascending row, in group memory.
class DroppedUnits {
public:
    void plan(MemoryPlan& plan, std::size_t blocks, std::size_t rows) {
        capacity_ = rows * side;
        sizes_ = plan.take<std::uint32_t>(blocks);
        rows_ = plan.take<std::uint32_t>(blocks * capacity_);
        units_ = plan.take<std::uint32_t>(blocks * capacity_);
        values_ = plan.take<float>(blocks * capacity_);
    }

    void clear(std::size_t block) const { sizes_[block] = 0; }
    /// A row, which has a unit for each of `bits`, with its value of `values` [32].
    void add(std::size_t block, std::size_t row, std::uint32_t bits, const float* values) const {
        std::size_t at = block * capacity_ + sizes_[block];
        sizes_[block] += static_cast<std::uint32_t>(std::popcount(bits));
        for (; bits != 0; bits &= bits - 1, ++at) {
            const auto unit = static_cast<std::uint32_t>(std::countr_zero(bits));
            rows_[at] = static_cast<std::uint32_t>(row);
            units_[at] = unit;
            values_[at] = values[unit];
        }
    }

    /// Columns are those of the block.
    [[nodiscard]] SparseEntries block(std::size_t block) const {
        const std::size_t at = block * capacity_;
        return {rows_ + at, units_ + at, values_ + at, sizes_[block]};
    }

private:
    std::size_t capacity_ = 0;        // of a block
    std::uint32_t* sizes_ = nullptr;  // [blocks]
    std::uint32_t* rows_ = nullptr;   // [blocks x capacity]
    std::uint32_t* units_ = nullptr;  // alike
    float* values_ = nullptr;         // alike
};

}  // namespace ltfb::trainer::blocked
