#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "trainer/blocked/tiles.hpp"
#include "trainer/precision.hpp"

namespace ltfb::trainer::blocked {

/// Whether a product begins with zeros or adds to what the block holds.
enum class Start { from_zero, from_block };

struct Product {
    PanelPair left;
    PanelPair right;
    std::size_t depth = 0;  // tiles
    Start start = Start::from_zero;
    std::size_t block_stride = side;  // floats between rows of the block
    const void* ahead = nullptr;      // what is read next; null: unknown
    std::size_t ahead_lines = 0;      // cache lines of it to fetch a tile
};

/// A word a row of a block, bit c for column c.
template <class Word>
struct RowBits {
    Word* words = nullptr;
    std::size_t stride = 0;  // words between rows

    [[nodiscard]] Word& row(std::size_t r) const { return words[r * stride]; }
    [[nodiscard]] operator RowBits<const Word>() const { return {words, stride}; }
};

/// What becomes of a block of a layer's products: max(z + bias, 0) * scale where kept, else 0. NaN
/// stays NaN.
struct Activate {
    const float* bias = nullptr;          // [32]
    RowBits<const std::uint32_t> keep{};  // null: all
    RowBits<std::uint32_t> active{};      // set where the result is not 0; null: nobody asks
    float scale = 1.0F;
    std::size_t rows = side;  // those behind become 0
};

/// Back through what `Activate` did: gradient * scale where active, else 0.
struct Deactivate {
    RowBits<const std::uint32_t> active{};
    float scale = 1.0F;
    std::size_t rows = side;
};

/// Two neighbouring rows of a matrix on their way into operands.
struct RowPair {
    const float* even = nullptr;
    const float* odd = nullptr;  // null: zeros
    std::size_t columns = 0;
    std::byte* left = nullptr;   // the even row in its panel of a left operand; the odd one follows
    std::byte* right = nullptr;  // the pair in the first panel of a right operand
    std::size_t right_stride_bytes = 0;  // between panels
};

/// Work on blocks [32 x 32] of floats in the first cache, by one instruction set, with operands of
/// one precision. All are local and free of state; `block` is by row and on a cache line, as are
/// all tiles.
struct TileOps {
    const char* name;
    Precision precision;
    std::size_t value_bytes;  // of an operand
    /// Around the products of a thread; after `end` others see what it streamed.
    void (*begin)();
    void (*end)();

    /// block = left * right, sums in fp32.
    void (*multiply)(const Product& product, float* block);
    /// The block as part of a left operand, or of a right one: in bf16 rounded to nearest even, in
    /// fp32 as it is, but for what is not finite, which becomes NaN.
    void (*pack_left)(const float* block, PanelPair tiles);
    void (*pack_right)(const float* block, PanelPair tiles);
    /// The same by rows; the right operand is written past the caches.
    void (*pack_row_pair)(const RowPair& rows);
    /// A tile of a left operand as one of its transpose, a right operand; and the reverse.
    void (*left_to_right)(const std::byte* tile, std::byte* out);
    void (*right_to_left)(const std::byte* tile, std::byte* out);
    /// Copies a tile past the caches: it is not read again soon.
    void (*stream)(const std::byte* tile, std::byte* out);
    /// One value of a block, rounded, at its place in a tile of a right operand.
    void (*put_right)(float value, std::size_t row, std::size_t column, std::byte* tile);

    void (*activate)(const Activate& activate, float* block);
    void (*deactivate)(const Deactivate& deactivate, float* block);
    /// block += x [32] y [32]^T
    void (*add_outer)(const float* x, const float* y, float* block);
    /// sums [16] += weights [32 depth] times a panel of a right operand
    void (*sum_columns)(const std::byte* panel,
                        std::size_t depth,
                        const float* weights,
                        float* sums);
    /// Sum of a row of a left operand times weights [32 depth]; `row`: its part of the first tile.
    float (*dot)(const std::byte* row, std::size_t depth, const float* weights);
    /// Bit i of `bits` is whether lot i, of 32 `words`, reaches the threshold.
    void (*keep_bits)(const std::uint16_t* lots,
                      std::size_t words,
                      std::uint16_t threshold,
                      std::uint32_t* bits);
};

/// The fastest that this processor has: AMX, AVX-512 (bf16 alone), or plain loops.
const TileOps& fastest_tile_ops(Precision precision);
/// All that this processor has, the fastest first, plain loops last.
const std::vector<TileOps>& all_tile_ops(Precision precision);
/// Whether products of bfloat16 numbers have hardware of their own (AMX), so that these pay.
bool has_tile_hardware();

/// Room for a block as operand of any precision.
struct alignas(64) TwoTiles {
    std::array<std::byte, max_tile_bytes> first;
    std::array<std::byte, max_tile_bytes> second;

    PanelPair pair() { return {first.data(), second.data()}; }
};

/// The block as left operand, and its transpose as another, which is not read again soon.
void pack_activation(const TileOps& ops, const float* block, PanelPair left, PanelPair transposed);
/// The block as left operand (null: not needed), and as right operand, which is not read again
/// soon.
void pack_gradient(const TileOps& ops, const float* block, PanelPair left, PanelPair right);

}  // namespace ltfb::trainer::blocked
