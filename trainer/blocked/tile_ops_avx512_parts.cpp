// Compiled for AVX-512 with bfloat16; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "trainer/blocked/tile_ops_sets.hpp"

namespace ltfb::trainer::blocked {

namespace {

constexpr std::size_t lanes = 16;
/// A bfloat16 number by its bits.
using Value = std::uint16_t;

const Value* values(const std::byte* tile) {
    return reinterpret_cast<const Value*>(tile);
}
Value* values(std::byte* tile) {
    return reinterpret_cast<Value*>(tile);
}

__m512bh as_pairs(__m512i values) {
    return reinterpret_cast<__m512bh>(values);
}

/// 32 values from two vectors of 16 floats, in order.
__m512i rounded(__m512 low, __m512 high) {
    return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

__m512 as_floats(__m256i values) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16));
}

/// 32 values, part by part.
template <std::size_t parts>
struct Row {
    __m512i part[parts];
};

/// Each part rounds what those before it have left.
template <std::size_t parts>
Row<parts> split(__m512 low, __m512 high) {
    Row<parts> row;
    for (std::size_t p = 0; p < parts; ++p) {
        row.part[p] = rounded(low, high);
        if (p + 1 == parts) { break; }
        low = _mm512_sub_ps(low, as_floats(_mm512_castsi512_si256(row.part[p])));
        high = _mm512_sub_ps(high, as_floats(_mm512_extracti64x4_epi64(row.part[p], 1)));
    }
    return row;
}

template <std::size_t parts>
Row<parts> split_row(const float* block, std::size_t row) {
    const float* values = block + row * side;
    return split<parts>(_mm512_load_ps(values), _mm512_load_ps(values + lanes));
}

// In bf16. Eight rows at a time: 16 sums in registers, beside two vectors of the right operand.
template <std::size_t rows>
void multiply_rows(const Product& product, const Value* left, float* block) {
    const std::size_t stride = product.block_stride;
    __m512 sums[rows][2];
    for (std::size_t r = 0; r < rows; ++r) {
        const bool is_zero = product.start == Start::from_zero;
        sums[r][0] = is_zero ? _mm512_setzero_ps() : _mm512_load_ps(block + r * stride);
        sums[r][1] = is_zero ? _mm512_setzero_ps() : _mm512_load_ps(block + r * stride + lanes);
    }
    const Value* first = values(product.right.first);
    const Value* second = values(product.right.second);
    for (std::size_t p = 0; p < product.depth * lanes; ++p) {
        const std::size_t at = p * side;  // of this pair of rows in the right operand
        const __m512bh right0 = as_pairs(_mm512_load_si512(first + at));
        const __m512bh right1 = as_pairs(_mm512_load_si512(second + at));
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
        const Value* panel = values(r < panel_width ? product.left.first : product.left.second);
        multiply_rows<rows>(
            product, panel + r % panel_width * side, block + r * product.block_stride);
    }
}

template <std::size_t parts>
void store(const Row<parts>& row, Value* to) {
    for (std::size_t p = 0; p < parts; ++p) { _mm512_store_si512(to + p * side, row.part[p]); }
}

template <std::size_t parts>
void stream_row(const Row<parts>& row, Value* to) {
    for (std::size_t p = 0; p < parts; ++p) {
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to + p * side), row.part[p]);
    }
}

template <std::size_t parts>
void pack_left(const float* block, PanelPair tiles) {
    for (std::size_t r = 0; r < panel_width; ++r) {
        store(split_row<parts>(block, r), values(tiles.first) + r * parts * side);
        store(split_row<parts>(block, r + panel_width), values(tiles.second) + r * parts * side);
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

template <std::size_t parts>
Row<parts> interleaved(const Row<parts>& even, __m512i index, const Row<parts>& odd) {
    Row<parts> row;
    for (std::size_t p = 0; p < parts; ++p) {
        row.part[p] = _mm512_permutex2var_epi16(even.part[p], index, odd.part[p]);
    }
    return row;
}

template <std::size_t parts>
void pack_right(const float* block, PanelPair tiles) {
    const __m512i low = interleaving(0);
    const __m512i high = interleaving(16);
    for (std::size_t p = 0; p < lanes; ++p) {
        const Row<parts> even = split_row<parts>(block, 2 * p);
        const Row<parts> odd = split_row<parts>(block, 2 * p + 1);
        const std::size_t at = p * parts * side;
        store(interleaved(even, low, odd), values(tiles.first) + at);
        store(interleaved(even, high, odd), values(tiles.second) + at);
    }
}

/// Up to 32 floats, filled up with zeros; from null all are.
template <std::size_t parts>
Row<parts> split_part(const float* values, std::size_t n) {
    const std::size_t used = values == nullptr ? 0 : n;
    const auto mask = static_cast<__mmask32>(used >= side ? ~0ULL : (1ULL << used) - 1ULL);
    return split<parts>(
        _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), values),
        _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> lanes), values + lanes));
}

template <std::size_t parts>
void pack_row_pair(const RowPair& rows) {
    const __m512i low = interleaving(0);
    const __m512i high = interleaving(16);
    Value* left = values(rows.left);
    Value* right = values(rows.right);
    const std::size_t right_stride = rows.right_stride_bytes / sizeof(Value);
    for (std::size_t c = 0; c < rows.columns; c += side) {
        const std::size_t n = rows.columns - c;
        const Row<parts> even = split_part<parts>(rows.even + c, n);
        const Row<parts> odd = split_part<parts>(rows.odd == nullptr ? nullptr : rows.odd + c, n);
        store(even, left);
        store(odd, left + parts * side);
        stream_row(interleaved(even, low, odd), right);
        stream_row(interleaved(even, high, odd), right + right_stride);
        left += parts * tile_values;
        right += 2 * right_stride;
    }
}

/// A tile of pairs of one part, `stride` values between rows, transposed: four rounds of pairwise
/// exchanges, of 1, 2, 4 and 8 columns.
void transpose(const Value* tile, Value* out, std::size_t stride) {
    __m512i r[lanes];
    __m512i t[lanes];
    for (std::size_t i = 0; i < lanes; ++i) { r[i] = _mm512_load_si512(tile + i * stride); }
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
        _mm512_store_si512(out + j * stride, _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88));
        _mm512_store_si512(out + (j + 8) * stride, _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd));
    }
}

template <std::size_t parts>
void transpose_tile(const std::byte* tile, std::byte* out) {
    for (std::size_t p = 0; p < parts; ++p) {
        transpose(values(tile) + p * side, values(out) + p * side, parts * side);
    }
}

template <std::size_t parts>
void stream(const std::byte* tile, std::byte* out) {
    for (std::size_t i = 0; i < tile_bytes(parts); i += sizeof(__m512i)) {
        _mm512_stream_si512(reinterpret_cast<__m512i*>(out + i), _mm512_load_si512(tile + i));
    }
}

template <std::size_t parts>
void sum_columns(const std::byte* panel, std::size_t depth, const float* weights, float* sums) {
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
    __m512 even_sum = _mm512_loadu_ps(sums);
    __m512 odd_sum = _mm512_setzero_ps();
    for (std::size_t pair = 0; pair < depth * lanes; ++pair) {
        const __m512 even_weight = _mm512_set1_ps(weights[2 * pair]);
        const __m512 odd_weight = _mm512_set1_ps(weights[2 * pair + 1]);
        for (std::size_t p = 0; p < parts; ++p) {
            const __m512i pairs = _mm512_load_si512(values(panel) + (pair * parts + p) * side);
            const __m512 even = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
            const __m512 odd = _mm512_castsi512_ps(_mm512_and_si512(pairs, upper));
            even_sum = _mm512_fmadd_ps(even_weight, even, even_sum);
            odd_sum = _mm512_fmadd_ps(odd_weight, odd, odd_sum);
        }
    }
    _mm512_storeu_ps(sums, _mm512_add_ps(even_sum, odd_sum));
}

template <std::size_t parts>
void use(TileOps& ops) {
    ops.pack_left = pack_left<parts>;
    ops.pack_right = pack_right<parts>;
    ops.pack_row_pair = pack_row_pair<parts>;
    ops.left_to_right = transpose_tile<parts>;
    ops.right_to_left = transpose_tile<parts>;
    ops.stream = stream<parts>;
    ops.sum_columns = sum_columns<parts>;
}

}  // namespace

void use_avx512_parts(TileOps& ops) {
    if (ops.precision == Precision::fp32) { return use<parts_of(Precision::fp32)>(ops); }
    ops.name = "avx512_bf16";
    ops.multiply = multiply;
    use<parts_of(Precision::bf16)>(ops);
}

}  // namespace ltfb::trainer::blocked
#endif
