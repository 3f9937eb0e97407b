#pragma once

#include "trainer/block_ops.hpp"
#include "trainer/blocked/tile_ops.hpp"

namespace ltfb::trainer::blocked {

/// Masks that are to be drawn: which units of some rows dropout keeps, a bit each.
struct KeepBits {
    MaskRows masks;
    std::size_t rows = 0;
    std::size_t units = 0;
    RowBits<std::uint32_t> bits{};  // of row 0, unit 0; a word for each block of units
};

/// Draws those of a block of rows.
void draw_keep_bits(const TileOps& ops,
                    const DropoutLots& lots,
                    const KeepBits& wanted,
                    std::size_t row_block);

}  // namespace ltfb::trainer::blocked
