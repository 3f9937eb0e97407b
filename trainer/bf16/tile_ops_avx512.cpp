// Compiled for AVX-512 with bfloat16; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "trainer/bf16/tile_ops_sets.hpp"

namespace ltfb::trainer::bf16 {

namespace {

constexpr std::size_t lanes = 16;

void nothing() {}

void fence() {
    _mm_sfence();
}

__m512bh as_pairs(__m512i values) {
    return reinterpret_cast<__m512bh>(values);
}

/// 32 values from two vectors of 16 floats, in order.
__m512i rounded(__m512 low, __m512 high) {
    return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

__m512i rounded_row(const float* block, std::size_t row) {
    const float* values = block + row * side;
    return rounded(_mm512_load_ps(values), _mm512_load_ps(values + lanes));
}

// Eight rows at a time: 16 sums in registers, beside two vectors of the right operand.
template <std::size_t rows>
void multiply_rows(const Product& product, const Value* left, float* block) {
    const std::size_t stride = product.block_stride;
    __m512 sums[rows][2];
    for (std::size_t r = 0; r < rows; ++r) {
        const bool is_zero = product.start == Start::from_zero;
        sums[r][0] = is_zero ? _mm512_setzero_ps() : _mm512_load_ps(block + r * stride);
        sums[r][1] = is_zero ? _mm512_setzero_ps() : _mm512_load_ps(block + r * stride + lanes);
    }
    for (std::size_t p = 0; p < product.depth * lanes; ++p) {
        const std::size_t at = p * side;  // of this pair of rows in the right operand
        const __m512bh right0 = as_pairs(_mm512_load_si512(product.right.first + at));
        const __m512bh right1 = as_pairs(_mm512_load_si512(product.right.second + at));
        const Value* pair = left + p / lanes * tile_values + p % lanes * 2;
        for (std::size_t r = 0; r < rows; ++r) {
            int both = 0;
            __builtin_memcpy(&both, pair + r * side, sizeof both);
            const __m512bh x = as_pairs(_mm512_set1_epi32(both));
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], x, right0);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], x, right1);
        }
    }
    for (std::size_t r = 0; r < rows; ++r) {
        _mm512_store_ps(block + r * stride, sums[r][0]);
        _mm512_store_ps(block + r * stride + lanes, sums[r][1]);
    }
}

void multiply(const Product& product, float* block) {
    constexpr std::size_t rows = 8;
    for (std::size_t r = 0; r < side; r += rows) {
        const Value* panel = r < panel_width ? product.left.first : product.left.second;
        multiply_rows<rows>(
            product, panel + r % panel_width * side, block + r * product.block_stride);
    }
}

void pack_left(const float* block, PanelPair tiles) {
    for (std::size_t r = 0; r < panel_width; ++r) {
        _mm512_store_si512(tiles.first + r * side, rounded_row(block, r));
        _mm512_store_si512(tiles.second + r * side, rounded_row(block, r + panel_width));
    }
}

/// Lane i of an index that takes values first + i / 2 of two vectors in turn.
__m512i interleaving(short first) {
    alignas(64) short index[2 * lanes];
    for (short i = 0; i < static_cast<short>(lanes); ++i) {
        index[2 * i] = static_cast<short>(first + i);
        index[2 * i + 1] = static_cast<short>(first + i + 32);
    }
    return _mm512_load_si512(index);
}

void pack_right(const float* block, PanelPair tiles) {
    const __m512i low = interleaving(0);
    const __m512i high = interleaving(16);
    for (std::size_t p = 0; p < lanes; ++p) {
        const __m512i even = rounded_row(block, 2 * p);
        const __m512i odd = rounded_row(block, 2 * p + 1);
        _mm512_store_si512(tiles.first + p * side, _mm512_permutex2var_epi16(even, low, odd));
        _mm512_store_si512(tiles.second + p * side, _mm512_permutex2var_epi16(even, high, odd));
    }
}

/// Up to 32 floats, rounded.
__m512i rounded_part(const float* values, std::size_t n) {
    const auto mask = static_cast<__mmask32>(n >= side ? ~0ULL : (1ULL << n) - 1ULL);
    return rounded(_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), values),
                   _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> lanes), values + lanes));
}

void pack_row_pair(const RowPair& rows) {
    const __m512i low = interleaving(0);
    const __m512i high = interleaving(16);
    Value* left = rows.left;
    Value* right = rows.right;
    for (std::size_t c = 0; c < rows.columns; c += side) {
        const std::size_t n = rows.columns - c;
        const __m512i even = rounded_part(rows.even + c, n);
        const __m512i odd =
            rows.odd == nullptr ? _mm512_setzero_si512() : rounded_part(rows.odd + c, n);
        _mm512_store_si512(left, even);
        _mm512_store_si512(left + side, odd);
        const auto stream = [](Value* to, __m512i values) {
            _mm512_stream_si512(reinterpret_cast<__m512i*>(to), values);
        };
        stream(right, _mm512_permutex2var_epi16(even, low, odd));
        stream(right + rows.right_stride, _mm512_permutex2var_epi16(even, high, odd));
        left += tile_values;
        right += 2 * rows.right_stride;
    }
}

// Four rounds of pairwise exchanges, of 1, 2, 4 and 8 columns.
void transpose(const Value* tile, Value* out) {
    __m512i r[lanes];
    __m512i t[lanes];
    for (std::size_t i = 0; i < lanes; ++i) { r[i] = _mm512_load_si512(tile + i * side); }
    for (std::size_t i = 0; i < lanes; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (std::size_t i = 0; i < lanes; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (std::size_t i = 0; i < lanes; i += 8) {
        for (std::size_t j = i; j < i + 4; ++j) {
            t[j] = _mm512_shuffle_i32x4(r[j], r[j + 4], 0x88);
            t[j + 4] = _mm512_shuffle_i32x4(r[j], r[j + 4], 0xdd);
        }
    }
    for (std::size_t j = 0; j < 8; ++j) {
        _mm512_store_si512(out + j * side, _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88));
        _mm512_store_si512(out + (j + 8) * side, _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd));
    }
}

void stream(const Value* tile, Value* out) {
    for (std::size_t i = 0; i < tile_values; i += 2 * lanes) {
        _mm512_stream_si512(reinterpret_cast<__m512i*>(out + i), _mm512_load_si512(tile + i));
    }
}

void activate(const Activate& activate, float* block) {
    const __m512 zero = _mm512_setzero_ps();
    const __m512 scale = _mm512_set1_ps(activate.scale);
    const __m512 low_bias = _mm512_loadu_ps(activate.bias);
    const __m512 high_bias = _mm512_loadu_ps(activate.bias + lanes);
    for (std::size_t r = 0; r < side; ++r) {
        float* at = block + r * side;
        const std::uint32_t keep = activate.keep.words == nullptr ? ~0U : activate.keep.row(r);
        const std::uint32_t kept = r < activate.rows ? keep : 0U;
        const __m512 low = _mm512_add_ps(_mm512_load_ps(at), low_bias);
        const __m512 high = _mm512_add_ps(_mm512_load_ps(at + lanes), high_bias);
        // Not "greater": a NaN is kept.
        const auto is_low =
            static_cast<__mmask16>(_mm512_cmp_ps_mask(low, zero, _CMP_NLE_UQ) & kept);
        const auto is_high =
            static_cast<__mmask16>(_mm512_cmp_ps_mask(high, zero, _CMP_NLE_UQ) & (kept >> lanes));
        _mm512_store_ps(at, _mm512_maskz_mul_ps(is_low, low, scale));
        _mm512_store_ps(at + lanes, _mm512_maskz_mul_ps(is_high, high, scale));
        if (activate.active.words != nullptr) {
            activate.active.row(r) = is_low | (static_cast<std::uint32_t>(is_high) << lanes);
        }
    }
}

void deactivate(const Deactivate& deactivate, float* block) {
    const __m512 scale = _mm512_set1_ps(deactivate.scale);
    for (std::size_t r = 0; r < side; ++r) {
        const std::uint32_t active = r < deactivate.rows ? deactivate.active.row(r) : 0U;
        float* at = block + r * side;
        const auto low = static_cast<__mmask16>(active);
        const auto high = static_cast<__mmask16>(active >> lanes);
        _mm512_store_ps(at, _mm512_maskz_mul_ps(low, _mm512_load_ps(at), scale));
        _mm512_store_ps(at + lanes, _mm512_maskz_mul_ps(high, _mm512_load_ps(at + lanes), scale));
    }
}

void add_outer(const float* x, const float* y, float* block) {
    const __m512 low = _mm512_loadu_ps(y);
    const __m512 high = _mm512_loadu_ps(y + lanes);
    for (std::size_t r = 0; r < side; ++r) {
        float* at = block + r * side;
        const __m512 factor = _mm512_set1_ps(x[r]);
        _mm512_store_ps(at, _mm512_fmadd_ps(factor, low, _mm512_load_ps(at)));
        _mm512_store_ps(at + lanes, _mm512_fmadd_ps(factor, high, _mm512_load_ps(at + lanes)));
    }
}

void sum_columns(const Value* panel, std::size_t depth, const float* weights, float* sums) {
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
    __m512 even_sum = _mm512_loadu_ps(sums);
    __m512 odd_sum = _mm512_setzero_ps();
    for (std::size_t p = 0; p < depth * lanes; ++p) {
        const __m512i pairs = _mm512_load_si512(panel + p * side);
        const __m512 even = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
        const __m512 odd = _mm512_castsi512_ps(_mm512_and_si512(pairs, upper));
        even_sum = _mm512_fmadd_ps(_mm512_set1_ps(weights[2 * p]), even, even_sum);
        odd_sum = _mm512_fmadd_ps(_mm512_set1_ps(weights[2 * p + 1]), odd, odd_sum);
    }
    _mm512_storeu_ps(sums, _mm512_add_ps(even_sum, odd_sum));
}

void keep_bits(const std::uint16_t* lots,
               std::size_t words,
               std::uint16_t threshold,
               std::uint32_t* bits) {
    const __m512i limit = _mm512_set1_epi16(static_cast<short>(threshold));
    for (std::size_t w = 0; w < words; ++w) {
        bits[w] = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(lots + w * 32), limit);
    }
}

}  // namespace

const TileOps avx512_tile_ops{.name = "avx512_bf16",
                              .begin = nothing,
                              .end = fence,
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
#endif
