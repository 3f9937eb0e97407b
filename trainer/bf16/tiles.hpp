#pragma once

#include <cstddef>
#include <cstdint>

namespace ltfb::trainer::bf16 {

/// A bfloat16 number by its bits: the upper half of a float's.
using Value = std::uint16_t;

/// Rows and columns of a block, the piece of a product that is worked on at a time.
inline constexpr std::size_t side = 32;
inline constexpr std::size_t block_values = side * side;
/// Rows (left operand) or columns (right operand) of a panel.
inline constexpr std::size_t panel_width = 16;
inline constexpr std::size_t tile_values = panel_width * side;

constexpr std::size_t blocks_for(std::size_t n) {
    return (n + side - 1) / side;
}

/// One operand of a product along k, cut into panels of tiles so that a product reads contiguous
/// memory in the order and layout that AMX wants:
///   left [m x k]: a panel is 16 rows; its tile t holds their columns 32 t to 32 t + 31, by row;
///   right [k x n]: a panel is 16 columns; its tile t holds rows 32 t to 32 t + 31 of them as 16
///   pairs of rows, each with the two values of a column side by side.
/// What a matrix lacks to whole blocks is zero.
struct Panels {
    Value* tiles = nullptr;
    std::size_t depth = 0;  // tiles in a panel

    [[nodiscard]] Value* at(std::size_t panel, std::size_t tile) const {
        return tiles + (panel * depth + tile) * tile_values;
    }
    /// How far apart two panels are.
    [[nodiscard]] std::size_t stride() const { return depth * tile_values; }
    /// Values of `blocks` blocks across the panels.
    [[nodiscard]] static constexpr std::size_t size(std::size_t blocks, std::size_t depth) {
        return blocks * depth * block_values;
    }
};

/// Two panels from some tile on: 32 rows of a left operand, 32 columns of a right one. As a place
/// to write, the two tiles of a block.
struct PanelPair {
    Value* first = nullptr;
    Value* second = nullptr;
};

/// Blocks lie in two neighbouring panels.
inline PanelPair pair_at(const Panels& panels, std::size_t block, std::size_t tile) {
    Value* first = panels.at(2 * block, tile);
    return {first, first + panels.stride()};
}

}  // namespace ltfb::trainer::bf16
