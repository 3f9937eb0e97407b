#include "trainer/blocked/keep_bits.hpp"

#include <algorithm>
#include <array>

namespace ltfb::trainer::blocked {

void draw_keep_bits(const TileOps& ops,
                    const DropoutLots& lots,
                    const KeepBits& wanted,
                    std::size_t row_block) {
    constexpr std::size_t piece = 1024;  // units whose lots are held at once
    static_assert(piece % DropoutLots::block == 0);
    const std::size_t end = std::min(wanted.rows, (row_block + 1) * side);
    for (std::size_t r = row_block * side; r < end; ++r) {
        alignas(64) std::array<std::uint16_t, piece> row_lots;
        for (std::size_t u = 0; u < wanted.units; u += piece) {
            const std::size_t units = std::min(piece, wanted.units - u);
            const auto piece_lots = std::span(row_lots).first(lots_for(units));
            draw_lots(lots, wanted.masks, r, u, piece_lots);
            ops.keep_bits(piece_lots.data(),
                          blocks_for(units),
                          lots.threshold(),
                          &wanted.bits.row(r) + u / side);
        }
    }
}

}  // namespace ltfb::trainer::blocked
