#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "core/aligned.hpp"
#include "trainer/block_ops.hpp"
#include "trainer/blocked/tile_ops.hpp"

namespace ltfb::trainer::blocked {

/// What a block of layers puts out [positions x units], in group memory: as left operand of the
/// next layer, which may be forgotten after it; transposed as left operand of the next layer's
/// weight gradient; and where it is not 0, or, before it is known, what dropout keeps of it.
struct Activation {
    Panels rows;                            // left [positions x units]
    Panels columns;                         // its transpose, left [units x positions]
    std::uint32_t* active_words = nullptr;  // [positions x blocks of units]

    [[nodiscard]] RowBits<std::uint32_t> active(std::size_t row, std::size_t column) const {
        return {active_words + row * side * rows.depth + column, rows.depth};
    }
    void write(const TileOps& ops, std::size_t row, std::size_t column, const float* block) const {
        pack_activation(ops, block, pair_at(rows, row, column), pair_at(columns, column, row));
    }
};

/// Gradients with respect to what a layer makes before ReLU [positions x units], in group memory:
/// as left operand of the input gradient, which may be forgotten after it, and as right operand of
/// the weight gradient.
struct Gradient {
    Panels rows;     // left; none for the first layer of a track
    Panels columns;  // right [positions x units]

    void write(const TileOps& ops, std::size_t row, std::size_t column, const float* block) const {
        pack_gradient(ops,
                      block,
                      rows.tiles == nullptr ? PanelPair{} : pair_at(rows, row, column),
                      pair_at(columns, column, row));
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

/// Floats of a column of blocks, filled up with zeros.
struct BlockBias {
    BlockBias(std::span<const float> weights,
              std::size_t at,
              std::size_t outputs,
              std::size_t column) {
        std::copy_n(
            &weights[at + column * side], std::min(side, outputs - column * side), values.begin());
    }
    alignas(64) std::array<float, side> values{};
};

/// Memory for `size` floats, grown where needed.
inline float* at_least(AlignedArray<float>& memory, std::size_t size) {
    if (memory.size() < size) { memory = AlignedArray<float>(size); }
    return memory.data();
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

/// One column of blocks of left * right, or a part of it.
struct ColumnProduct {
    const Panels& left;
    std::size_t first_row = 0;
    std::size_t rows = 0;  // blocks of the left operand's rows
    const Panels& right;
    std::size_t column = 0;
    std::size_t next = 0;     // column that is likely to be multiplied next: fetched meanwhile
    std::size_t columns = 0;  // that there are; `next` may lie behind them
};

/// Calls finish(row, block) for every block of the column from the top to the bottom. A block lies
/// `stride` floats behind the one above it, the first at `blocks`; with 0 each takes the last one's
/// place.
template <class Finish>
void multiply_column(const TileOps& ops,
                     const ColumnProduct& column,
                     float* blocks,
                     std::size_t stride,
                     const Finish& finish) {
    const Panels& left = column.left;
    const std::size_t lines_per_tile =
        2 * tile_values * left.value_bytes / 64 / std::max<std::size_t>(1, column.rows);
    for (std::size_t i = 0; i < column.rows; ++i) {
        const std::size_t row = column.first_row + i;
        float* block = blocks + i * stride;
        Product product{.left = pair_at(left, row, 0),
                        .right = pair_at(column.right, column.column, 0),
                        .depth = left.depth};
        if (column.next < column.columns) {
            product.ahead =
                pair_at(column.right, column.next, 0).first + i * left.depth * lines_per_tile * 64;
            product.ahead_lines = lines_per_tile;
        }
        ops.multiply(product, block);
        finish(row, block);
    }
}

/// Blocks of rows of a left operand that a thread goes down at once: they stay in its second cache
/// from one column to the next.
inline constexpr std::size_t rows_at_once = 8;

/// Calls finish(row, column, block) for every block of left * right, `rows` blocks high and
/// `columns` wide, from the OpenMP threads that are set.
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
                multiply_column(
                    ops,
                    {.left = left,
                     .first_row = first,
                     .rows = std::min(rows_at_once, rows - first),
                     .right = right,
                     .column = column,
                     .next = column + 1,
                     .columns = columns},
                    block,
                    0,
                    [&](std::size_t row, float* finished) { finish(row, column, finished); });
            }
        }
    }
}

/// How a product is shared out: by columns of blocks, or by parts of them.
class Shares {
public:
    /// Whole columns.
    Shares(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns) {}
    /// In parts where columns are few for so many workers, or so long that a worker's second cache
    /// couldn't keep what it reads of the left operand from one column to the next.
    Shares(const Panels& left, std::size_t rows, std::size_t columns, std::size_t workers)
        : Shares(rows, columns) {
        const std::size_t bytes = rows * 2 * left.stride_bytes();
        const auto are_enough = [&] {
            return parts_ * columns >= items_of_worker * workers && bytes <= parts_ * cached_bytes;
        };
        while (parts_ < rows && !are_enough()) { ++parts_; }
    }
    [[nodiscard]] std::size_t items() const { return columns_ * parts_; }
    /// Of an item behind the last: none that there is.
    [[nodiscard]] std::size_t column(std::size_t item) const {
        return item < items() ? item % columns_ : columns_;
    }
    [[nodiscard]] std::size_t first_row(std::size_t item) const {
        return item / columns_ * rows_ / parts_;
    }
    [[nodiscard]] std::size_t rows(std::size_t item) const {
        return (item / columns_ + 1) * rows_ / parts_ - first_row(item);
    }

private:
    static constexpr std::size_t items_of_worker = 4;  // at least
    static constexpr std::size_t cached_bytes = std::size_t{5} << 18;

    std::size_t rows_;
    std::size_t columns_;
    std::size_t parts_ = 1;
};

}  // namespace ltfb::trainer::blocked
