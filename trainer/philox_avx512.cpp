// Compiled for AVX-512; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "trainer/philox.hpp"

namespace ltfb::trainer::philox {

namespace {

/// What lane i takes of two vectors: their lanes' lower halves, those of the first before those of
/// the second.
__m512i lower_halves() {
    return _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
}

__m512i set(std::uint32_t word) {
    return _mm512_set1_epi64(static_cast<long long>(word));
}

__m512i exclusive_or(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

}  // namespace

// A word is the lower half of its lane; what the upper one holds doesn't matter.
void draw_avx512(const Key& key, const Counter& counter, std::span<std::uint16_t> out) {
    const __m512i factor0 = set(static_cast<std::uint32_t>(multiplier0));
    const __m512i factor1 = set(static_cast<std::uint32_t>(multiplier1));
    __m512i blocks =
        _mm512_add_epi64(set(counter.first_block), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
    for (std::size_t at = 0; at < out.size(); at += halves) {
        __m512i c0 = blocks;
        __m512i c1 = set(counter.layer);
        __m512i c2 = set(counter.sample);
        __m512i c3 = _mm512_setzero_si512();
#pragma GCC unroll 7
        for (std::uint32_t r = 0; r < rounds; ++r) {
            const __m512i product0 = _mm512_mul_epu32(factor0, c0);
            const __m512i product1 = _mm512_mul_epu32(factor1, c2);
            c0 = exclusive_or(_mm512_srli_epi64(product1, 32), c1, set(key[0] + r * weyl0));
            c1 = product1;
            c2 = exclusive_or(_mm512_srli_epi64(product0, 32), c3, set(key[1] + r * weyl1));
            c3 = product0;
        }
        _mm512_storeu_si512(&out[at], _mm512_permutex2var_epi32(c0, lower_halves(), c1));
        _mm512_storeu_si512(&out[at + halves / 2],
                            _mm512_permutex2var_epi32(c2, lower_halves(), c3));
        blocks = _mm512_add_epi64(blocks, set(lanes));
    }
}

}  // namespace ltfb::trainer::philox
#endif
