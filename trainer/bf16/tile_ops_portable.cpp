#include <cstring>

#include "trainer/bf16/tile_ops_sets.hpp"
#include "trainer/bf16_rounding.hpp"

namespace ltfb::trainer::bf16 {

namespace {

/// Where value (row, column) of a block lies in its pair of tiles.
Value* in_left(PanelPair tiles, std::size_t row, std::size_t column) {
    Value* tile = row < panel_width ? tiles.first : tiles.second;
    return tile + row % panel_width * side + column;
}
Value* in_right(PanelPair tiles, std::size_t row, std::size_t column) {
    Value* tile = column < panel_width ? tiles.first : tiles.second;
    return tile + (row / 2 * panel_width + column % panel_width) * 2 + row % 2;
}

void nothing() {}

void multiply(const Product& product, float* block) {
    const std::size_t stride = product.block_stride;
    for (std::size_t r = 0; r < side && product.start == Start::from_zero; ++r) {
        std::memset(block + r * stride, 0, side * sizeof(float));
    }
    for (std::size_t t = 0; t < product.depth; ++t) {
        const std::size_t at = t * tile_values;
        const PanelPair left{product.left.first + at, product.left.second + at};
        const PanelPair right{product.right.first + at, product.right.second + at};
        for (std::size_t r = 0; r < side; ++r) {
            for (std::size_t k = 0; k < side; ++k) {
                const float x = from_bf16(*in_left(left, r, k));
                for (std::size_t c = 0; c < side; ++c) {
                    block[r * stride + c] += x * from_bf16(*in_right(right, k, c));
                }
            }
        }
    }
}

void pack_left(const float* block, PanelPair tiles) {
    for (std::size_t r = 0; r < side; ++r) {
        for (std::size_t c = 0; c < side; ++c) {
            *in_left(tiles, r, c) = to_bf16(block[r * side + c]);
        }
    }
}

void pack_right(const float* block, PanelPair tiles) {
    for (std::size_t r = 0; r < side; ++r) {
        for (std::size_t c = 0; c < side; ++c) {
            *in_right(tiles, r, c) = to_bf16(block[r * side + c]);
        }
    }
}

void pack_row_pair(const RowPair& rows) {
    for (std::size_t c = 0; c < rows.columns; ++c) {
        const Value even = to_bf16(rows.even[c]);
        const Value odd = rows.odd == nullptr ? Value{0} : to_bf16(rows.odd[c]);
        Value* left = rows.left + c / side * tile_values + c % side;
        left[0] = even;
        left[side] = odd;
        Value* right = rows.right + c / panel_width * rows.right_stride + c % panel_width * 2;
        right[0] = even;
        right[1] = odd;
    }
}

void transpose(const Value* tile, Value* out) {
    constexpr std::size_t pairs = side / 2;
    for (std::size_t r = 0; r < panel_width; ++r) {
        for (std::size_t c = 0; c < pairs; ++c) {
            std::memcpy(out + (c * pairs + r) * 2, tile + (r * pairs + c) * 2, 2 * sizeof(Value));
        }
    }
}

void stream(const Value* tile, Value* out) {
    std::memcpy(out, tile, tile_values * sizeof(Value));
}

void activate(const Activate& activate, float* block) {
    for (std::size_t r = 0; r < side; ++r) {
        const std::uint32_t keep = activate.keep.words == nullptr ? ~0U : activate.keep.row(r);
        std::uint32_t active = 0;
        for (std::size_t c = 0; c < side; ++c) {
            float& value = block[r * side + c];
            value += activate.bias[c];
            const bool is_kept = r < activate.rows && ((keep >> c) & 1U) != 0;
            const bool is_active = is_kept && !(value <= 0.0F);
            value = is_active ? value * activate.scale : 0.0F;
            if (is_active) { active |= 1U << c; }
        }
        if (activate.active.words != nullptr) { activate.active.row(r) = active; }
    }
}

void deactivate(const Deactivate& deactivate, float* block) {
    for (std::size_t r = 0; r < side; ++r) {
        const std::uint32_t active = r < deactivate.rows ? deactivate.active.row(r) : 0U;
        for (std::size_t c = 0; c < side; ++c) {
            float& value = block[r * side + c];
            value = ((active >> c) & 1U) != 0 ? value * deactivate.scale : 0.0F;
        }
    }
}

void add_outer(const float* x, const float* y, float* block) {
    for (std::size_t r = 0; r < side; ++r) {
        for (std::size_t c = 0; c < side; ++c) { block[r * side + c] += x[r] * y[c]; }
    }
}

void sum_columns(const Value* panel, std::size_t depth, const float* weights, float* sums) {
    for (std::size_t k = 0; k < depth * side; ++k) {
        const PanelPair tile{const_cast<Value*>(panel + k / side * tile_values), nullptr};
        for (std::size_t c = 0; c < panel_width; ++c) {
            sums[c] += weights[k] * from_bf16(*in_right(tile, k % side, c));
        }
    }
}

void keep_bits(const std::uint16_t* lots,
               std::size_t words,
               std::uint16_t threshold,
               std::uint32_t* bits) {
    for (std::size_t w = 0; w < words; ++w) {
        bits[w] = 0;
        for (std::uint32_t i = 0; i < 32; ++i) {
            if (lots[w * 32 + i] >= threshold) { bits[w] |= 1U << i; }
        }
    }
}

}  // namespace

const TileOps portable_tile_ops{.name = "portable",
                                .begin = nothing,
                                .end = nothing,
                                .multiply = multiply,
                                .pack_left = pack_left,
                                .pack_right = pack_right,
                                .pack_row_pair = pack_row_pair,
                                .transpose = transpose,
                                .stream = stream,
                                .activate = activate,
                                .deactivate = deactivate,
                                .add_outer = add_outer,
                                .sum_columns = sum_columns,
                                .keep_bits = keep_bits};

}  // namespace ltfb::trainer::bf16
