#pragma once

#include <vector>

#include "trainer/bf16/tile_ops.hpp"
#include "trainer/block_ops.hpp"

namespace ltfb::trainer::bf16 {

/// Which units of which rows dropout keeps, a bit each.
class KeepMasks {
public:
    /// Draws them for `rows` rows of `units` units, with the OpenMP threads that are set. Without
    /// dropout there are none. Reuses storage.
    void draw(const TileOps& ops,
              const DropoutLots& lots,
              const MaskRows& masks,
              std::size_t rows,
              std::size_t units);

    /// For `Activate`: of rows from `row` on, of block `column`.
    [[nodiscard]] RowBits<const std::uint32_t> at(std::size_t row, std::size_t column) const {
        if (!has_masks_) { return {}; }
        return {&words_[row * stride_ + column], stride_};
    }

private:
    std::vector<std::uint32_t> words_;
    std::size_t stride_ = 0;
    bool has_masks_ = false;
};

}  // namespace ltfb::trainer::bf16
