#include "trainer/bf16/keep_masks.hpp"

#include <algorithm>
#include <array>

namespace ltfb::trainer::bf16 {

void KeepMasks::draw(const TileOps& ops,
                     const DropoutLots& lots,
                     const MaskRows& masks,
                     std::size_t rows,
                     std::size_t units) {
    has_masks_ = !lots.is_off();
    if (!has_masks_) { return; }
    constexpr std::size_t piece = 1024;  // units whose lots are held at once
    static_assert(piece % DropoutLots::block == 0);
    stride_ = lots_for(units) / side;
    words_.resize(std::max(words_.size(), blocks_for(rows) * side * stride_));
#pragma omp parallel for
    for (std::size_t r = 0; r < rows; ++r) {
        alignas(64) std::array<std::uint16_t, piece> row_lots;
        for (std::size_t u = 0; u < units; u += piece) {
            const auto piece_lots = std::span(row_lots).first(lots_for(std::min(piece, units - u)));
            draw_lots(lots, masks, r, u, piece_lots);
            ops.keep_bits(piece_lots.data(),
                          piece_lots.size() / side,
                          lots.threshold(),
                          &words_[r * stride_ + u / side]);
        }
    }
}

}  // namespace ltfb::trainer::bf16
