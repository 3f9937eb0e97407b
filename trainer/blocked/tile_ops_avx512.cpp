// Compiled for AVX-512; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "trainer/blocked/tile_ops_sets.hpp"

namespace ltfb::trainer::blocked {

namespace {

constexpr std::size_t lanes = 16;

void fence() {
    _mm_sfence();
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

void use_avx512(TileOps& ops) {
    ops.end = fence;
    ops.activate = activate;
    ops.deactivate = deactivate;
    ops.add_outer = add_outer;
    ops.keep_bits = keep_bits;
}

}  // namespace ltfb::trainer::blocked
#endif
