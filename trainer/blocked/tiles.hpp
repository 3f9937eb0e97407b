#pragma once

#include <cstddef>
#include <cstdint>

#include "trainer/precision.hpp"

namespace ltfb::trainer::blocked {

/// Rows and columns of a block, the piece of a product that is worked on at a time.
inline constexpr std::size_t side = 32;
inline constexpr std::size_t block_values = side * side;
/// Rows (left operand) or columns (right operand) of a panel.
inline constexpr std::size_t panel_width = 16;
inline constexpr std::size_t tile_values = panel_width * side;

/// Values of an operand are sums of so many bfloat16 numbers: in bf16 of one, and in fp32 of three,
/// which together hold all of a float's 24 bits. Tile hardware then makes fp32 products, which it
/// has no other way for, several times as fast as multiply-adds do.
constexpr std::size_t parts_of(Precision precision) {
    return precision == Precision::bf16 ? 1 : 3;
}
constexpr std::size_t tile_bytes(std::size_t parts) {
    return tile_values * parts * sizeof(std::uint16_t);
}
inline constexpr std::size_t max_tile_bytes = tile_bytes(3);

constexpr std::size_t blocks_for(std::size_t n) {
    return (n + side - 1) / side;
}

/// One operand of a product along k, cut into panels of tiles so that a product reads contiguous
/// memory in the order that it wants:
///   left [m x k]: a panel is 16 rows; its tile t holds their columns 32 t to 32 t + 31, by row;
///   right [k x n]: a panel is 16 columns; its tile t holds rows 32 t to 32 t + 31 of them as 16
///   pairs of rows, the two values of a column side by side, as AMX wants them.
/// Either way a tile has 16 rows of 32 values, and a row is the first parts of its values, then the
/// second ones, then the third. What a matrix lacks to whole blocks is zero.
struct Panels {
    std::byte* tiles = nullptr;
    std::size_t depth = 0;  // tiles in a panel
    std::size_t value_bytes = 0;

    [[nodiscard]] std::byte* at(std::size_t panel, std::size_t tile) const {
        return tiles + panel * stride_bytes() + tile * tile_values * value_bytes;
    }
    /// From one panel to the next.
    [[nodiscard]] std::size_t stride_bytes() const { return depth * tile_values * value_bytes; }
    /// Values of `blocks` blocks across the panels.
    [[nodiscard]] static constexpr std::size_t size(std::size_t blocks, std::size_t depth) {
        return blocks * depth * block_values;
    }
};

/// Two panels from some tile on: 32 rows of a left operand, 32 columns of a right one. As a place
/// to write, the two tiles of a block.
struct PanelPair {
    std::byte* first = nullptr;
    std::byte* second = nullptr;
};

/// Blocks lie in two neighbouring panels.
inline PanelPair pair_at(const Panels& panels, std::size_t block, std::size_t tile) {
    std::byte* first = panels.at(2 * block, tile);
    return {first, first + panels.stride_bytes()};
}

}  // namespace ltfb::trainer::blocked
