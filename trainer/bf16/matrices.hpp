#pragma once

#include <algorithm>

#include "trainer/bf16/tile_ops.hpp"
#include "trainer/block_ops.hpp"

namespace ltfb::trainer::bf16 {

/// What a block puts out [positions x units]: as left operand of the next layer, which may be
/// forgotten after it; transposed as left operand of the next layer's weight gradient, in group
/// memory, where each seat's positions are followed by the next seat's; and where it is not 0.
struct Activation {
    Panels rows;                            // left [own positions x units]
    Panels columns;                         // its transpose, left [units x all seats' positions]
    std::size_t first_tile = 0;             // of the own positions in `columns`
    std::uint32_t* active_words = nullptr;  // [own positions x blocks of units]

    [[nodiscard]] RowBits<std::uint32_t> active(std::size_t row, std::size_t column) const {
        return {active_words + row * side * rows.depth + column, rows.depth};
    }
    void write(const TileOps& ops, std::size_t row, std::size_t column, const float* block) const {
        pack_activation(
            ops, block, pair_at(rows, row, column), pair_at(columns, column, first_tile + row));
    }
};

/// Gradients with respect to what a layer makes before ReLU [positions x units]: as left operand
/// of the input gradient, which may be forgotten after it, and as right operand of the weight
/// gradient, in group memory.
struct Gradient {
    Panels rows;     // left; none for the first layer of a track
    Panels columns;  // right [all seats' positions x units]
    std::size_t first_tile = 0;

    void write(const TileOps& ops, std::size_t row, std::size_t column, const float* block) const {
        pack_gradient(ops,
                      block,
                      rows.tiles == nullptr ? PanelPair{} : pair_at(rows, row, column),
                      pair_at(columns, column, first_tile + row));
    }
};

/// Rows of a track or of the top: `groups` times as many blocks of rows as hold `samples` samples,
/// the last of each filled up with zeros.
struct RowBlocks {
    std::size_t samples = 0;
    std::size_t groups = 1;

    [[nodiscard]] std::size_t per_group() const { return blocks_for(samples); }
    [[nodiscard]] std::size_t count() const { return groups * per_group(); }
    /// Rows of a block that are not filling.
    [[nodiscard]] std::size_t filled(std::size_t block) const {
        return std::min(side, samples - block % per_group() * side);
    }
};

/// Copies a block's part of rows of `columns` floats, filled up with zeros: `rows` rows, those of
/// `in` from 0 on, and the columns of block `column`.
inline void copy_block(
    const RowsIn& in, std::size_t rows, std::size_t column, std::size_t columns, float* block) {
    std::fill_n(block, block_values, 0.0F);
    for (std::size_t r = 0; r < rows; ++r) {
        std::copy_n(
            in.row(r) + column * side, std::min(side, columns - column * side), block + r * side);
    }
}

/// Around the products of one thread.
class TileScope {
public:
    explicit TileScope(const TileOps& ops) : ops_(ops) { ops_.begin(); }
    ~TileScope() { ops_.end(); }
    TileScope(const TileScope&) = delete;
    TileScope& operator=(const TileScope&) = delete;
    TileScope(TileScope&&) = delete;
    TileScope& operator=(TileScope&&) = delete;

private:
    const TileOps& ops_;
};

/// Calls work(row, column, block) for every block of `rows` x `columns`, from the OpenMP threads
/// that are set; `block` is memory for it.
template <class Work>
void for_blocks(const TileOps& ops, std::size_t rows, std::size_t columns, const Work& work) {
#pragma omp parallel
    {
        const TileScope scope(ops);
        alignas(64) float block[block_values];
#pragma omp for collapse(2) schedule(static)
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t column = 0; column < columns; ++column) { work(row, column, block); }
        }
    }
}

/// Blocks of rows of a left operand that a thread goes down at once: they stay in its second cache
/// from one column to the next.
inline constexpr std::size_t rows_at_once = 8;

/// Calls finish(row, column, block) for every block of left * right, `rows` blocks high and
/// `columns` wide, from the OpenMP threads that are set. While a thread goes down a column, it
/// fetches the right operand's panels of the next.
template <class Finish>
void multiply_blocks(const TileOps& ops,
                     const Panels& left,
                     std::size_t rows,
                     const Panels& right,
                     std::size_t columns,
                     const Finish& finish) {
#pragma omp parallel
    {
        const TileScope scope(ops);
        alignas(64) float block[block_values];
#pragma omp for collapse(2) schedule(static)
        for (std::size_t first = 0; first < rows; first += rows_at_once) {
            for (std::size_t column = 0; column < columns; ++column) {
                const std::size_t n = std::min(rows_at_once, rows - first);
                const std::size_t lines_per_tile = 2 * tile_values * sizeof(Value) / 64 / n;
                for (std::size_t i = 0; i < n; ++i) {
                    Product product{.left = pair_at(left, first + i, 0),
                                    .right = pair_at(right, column, 0),
                                    .depth = left.depth};
                    if (column + 1 < columns) {
                        product.ahead = pair_at(right, column + 1, 0).first +
                                        i * left.depth * lines_per_tile * 64 / sizeof(Value);
                        product.ahead_lines = lines_per_tile;
                    }
                    ops.multiply(product, block);
                    finish(first + i, column, block);
                }
            }
        }
    }
}

}  // namespace ltfb::trainer::bf16
