#include <array>
#include <cstring>

#include "trainer/bf16_rounding.hpp"
#include "trainer/blocked/tile_ops_sets.hpp"
#include "trainer/simd.hpp"

namespace ltfb::trainer::blocked {

namespace {

/// A bfloat16 number by its bits.
using Value = std::uint16_t;

/// What operands of so many parts are worked on by.
template <std::size_t parts>
struct Operands {
    /// Where the first part of a value lies in a tile of a left or a right operand; the others
    /// follow in steps of `side`.
    static constexpr std::size_t in_left(std::size_t row, std::size_t column) {
        return row * parts * side + column;
    }
    static constexpr std::size_t in_right(std::size_t row, std::size_t column) {
        return row / 2 * parts * side + column * 2 + row % 2;
    }

    static Value* values(std::byte* tile) { return reinterpret_cast<Value*>(tile); }
    static const Value* values(const std::byte* tile) {
        return reinterpret_cast<const Value*>(tile);
    }
    /// Each part rounds what those before it have left.
    static void put(float value, Value* to) {
        for (std::size_t p = 0; p < parts; ++p) {
            to[p * side] = to_bf16(value);
            value -= from_bf16(to[p * side]);
        }
    }
    static void copy(const Value* from, Value* to) {
        for (std::size_t p = 0; p < parts; ++p) { to[p * side] = from[p * side]; }
    }
    /// The smallest part first, so that no bit is lost.
    static float get(const Value* from) {
        float sum = from_bf16(from[(parts - 1) * side]);
        for (std::size_t p = parts - 1; p-- > 0;) { sum += from_bf16(from[p * side]); }
        return sum;
    }

    static void multiply(const Product& product, float* block) {
        const std::size_t stride = product.block_stride;
        for (std::size_t r = 0; r < side && product.start == Start::from_zero; ++r) {
            std::memset(block + r * stride, 0, side * sizeof(float));
        }
        for (std::size_t t = 0; t < product.depth; ++t) {
            const std::size_t at = t * parts * tile_values;
            const Value* left[2] = {values(product.left.first) + at,
                                    values(product.left.second) + at};
            const Value* right[2] = {values(product.right.first) + at,
                                     values(product.right.second) + at};
            for (std::size_t r = 0; r < side; ++r) {
                for (std::size_t k = 0; k < side; ++k) {
                    const float x = get(left[r / panel_width] + in_left(r % panel_width, k));
                    for (std::size_t c = 0; c < side; ++c) {
                        const float y = get(right[c / panel_width] + in_right(k, c % panel_width));
                        block[r * stride + c] += x * y;
                    }
                }
            }
        }
    }

    static void pack_left(const float* block, PanelPair tiles) {
        for (std::size_t r = 0; r < side; ++r) {
            Value* tile = values(r < panel_width ? tiles.first : tiles.second);
            for (std::size_t c = 0; c < side; ++c) {
                put(block[r * side + c], tile + in_left(r % panel_width, c));
            }
        }
    }

    static void pack_right(const float* block, PanelPair tiles) {
        for (std::size_t r = 0; r < side; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                put_right(block[r * side + c],
                          r,
                          c % panel_width,
                          c < panel_width ? tiles.first : tiles.second);
            }
        }
    }

    static void pack_row_pair(const RowPair& rows) {
        for (std::size_t c = 0; c < rows.columns; ++c) {
            const float odd = rows.odd == nullptr ? 0.0F : rows.odd[c];
            Value* left = values(rows.left) + c / side * parts * tile_values;
            put(rows.even[c], left + in_left(0, c % side));
            put(odd, left + in_left(1, c % side));
            std::byte* right = rows.right + c / panel_width * rows.right_stride_bytes;
            put_right(rows.even[c], 0, c % panel_width, right);
            put_right(odd, 1, c % panel_width, right);
        }
    }

    static void left_to_right(const std::byte* tile, std::byte* out) {
        for (std::size_t r = 0; r < panel_width; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                copy(values(tile) + in_left(r, c), values(out) + in_right(c, r));
            }
        }
    }

    static void right_to_left(const std::byte* tile, std::byte* out) {
        for (std::size_t r = 0; r < panel_width; ++r) {
            for (std::size_t c = 0; c < side; ++c) {
                copy(values(tile) + in_right(c, r), values(out) + in_left(r, c));
            }
        }
    }

    static void stream(const std::byte* tile, std::byte* out) {
        std::memcpy(out, tile, tile_bytes(parts));
    }

    static void put_right(float value, std::size_t row, std::size_t column, std::byte* tile) {
        put(value, values(tile) + in_right(row, column));
    }

    static void sum_columns(const std::byte* panel,
                            std::size_t depth,
                            const float* weights,
                            float* sums) {
        for (std::size_t k = 0; k < depth * side; ++k) {
            const Value* tile = values(panel) + k / side * parts * tile_values;
            for (std::size_t c = 0; c < panel_width; ++c) {
                sums[c] += weights[k] * get(tile + in_right(k % side, c));
            }
        }
    }

    [[gnu::always_inline]] static float dot(const std::byte* row,
                                            std::size_t depth,
                                            const float* weights) {
        constexpr std::size_t lanes = side;
        std::array<float, lanes> sums{};
        for (std::size_t t = 0; t < depth; ++t) {
            const Value* tile = values(row) + t * parts * tile_values;
            for (std::size_t i = 0; i < lanes; ++i) {
                sums[i] += get(tile + i) * weights[t * side + i];
            }
        }
        float sum = 0.0F;
        for (const float lane : sums) { sum += lane; }
        return sum;
    }
};

void nothing() {}

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

template <std::size_t parts>
TileOps portable_ops(Precision precision,
                     float (*dot)(const std::byte*, std::size_t, const float*)) {
    using Of = Operands<parts>;
    return {.name = "portable",
            .precision = precision,
            .value_bytes = parts * sizeof(Value),
            .begin = nothing,
            .end = nothing,
            .multiply = Of::multiply,
            .pack_left = Of::pack_left,
            .pack_right = Of::pack_right,
            .pack_row_pair = Of::pack_row_pair,
            .left_to_right = Of::left_to_right,
            .right_to_left = Of::right_to_left,
            .stream = Of::stream,
            .put_right = Of::put_right,
            .activate = activate,
            .deactivate = deactivate,
            .add_outer = add_outer,
            .sum_columns = Of::sum_columns,
            .dot = dot,
            .keep_bits = keep_bits};
}

LTFB_MULTIVERSION
float dot_bf16(const std::byte* row, std::size_t depth, const float* weights) {
    return Operands<parts_of(Precision::bf16)>::dot(row, depth, weights);
}
LTFB_MULTIVERSION
float dot_fp32(const std::byte* row, std::size_t depth, const float* weights) {
    return Operands<parts_of(Precision::fp32)>::dot(row, depth, weights);
}

}  // namespace

TileOps portable_tile_ops(Precision precision) {
    return precision == Precision::bf16
               ? portable_ops<parts_of(Precision::bf16)>(precision, dot_bf16)
               : portable_ops<parts_of(Precision::fp32)>(precision, dot_fp32);
}

}  // namespace ltfb::trainer::blocked
