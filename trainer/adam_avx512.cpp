// Compiled for AVX-512; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <cfloat>
#include <initializer_list>

#include <immintrin.h>

#include "trainer/adam.hpp"

namespace ltfb::trainer {

namespace {

constexpr std::size_t lanes = 16;
/// Floats from what is updated to what is fetched: the processor's own prefetching stops at every
/// page (measured: 10 % of the pass).
constexpr std::size_t ahead = 256;

struct Constants {
    explicit Constants(const AdamFactors& f)
        : beta1(_mm512_set1_ps(f.beta1)),
          one_minus_beta1(_mm512_set1_ps(f.one_minus_beta1)),
          beta2(_mm512_set1_ps(f.beta2)),
          one_minus_beta2(_mm512_set1_ps(f.one_minus_beta2)),
          gradient(_mm512_set1_ps(f.gradient)),
          step_size(_mm512_set1_ps(f.step_size)),
          root_scale(_mm512_set1_ps(f.root_scale)),
          epsilon(_mm512_set1_ps(f.epsilon)),
          decay(_mm512_set1_ps(f.decay)) {}

    __m512 beta1, one_minus_beta1, beta2, one_minus_beta2, gradient, step_size, root_scale, epsilon,
        decay;
};

/// An estimate good to 14 bits and a Newton step cost a third of the instructions for roots and
/// quotients. Zero and infinity, where the step would give NaN, become the nearest normal number.
__m512 root(__m512 x) {
    const __m512 within =
        _mm512_min_ps(_mm512_set1_ps(FLT_MAX), _mm512_max_ps(_mm512_set1_ps(FLT_MIN), x));
    const __m512 estimate = _mm512_rsqrt14_ps(within);
    const __m512 root = _mm512_mul_ps(within, estimate);
    const __m512 error = _mm512_fnmadd_ps(root, root, within);
    return _mm512_fmadd_ps(error, _mm512_mul_ps(estimate, _mm512_set1_ps(0.5F)), root);
}

__m512 quotient(__m512 x, __m512 y) {
    const __m512 estimate = _mm512_rcp14_ps(y);
    const __m512 quotient = _mm512_mul_ps(x, estimate);
    return _mm512_fmadd_ps(_mm512_fnmadd_ps(quotient, y, x), estimate, quotient);
}

__attribute__((always_inline)) inline void update(const Constants& c,
                                                  __mmask16 mask,
                                                  float* weights,
                                                  float* first,
                                                  float* second,
                                                  const float* gradient) {
    const __m512 g = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, gradient), c.gradient);
    const __m512 m = _mm512_fmadd_ps(
        c.beta1, _mm512_maskz_loadu_ps(mask, first), _mm512_mul_ps(c.one_minus_beta1, g));
    const __m512 v = _mm512_fmadd_ps(c.beta2,
                                     _mm512_maskz_loadu_ps(mask, second),
                                     _mm512_mul_ps(c.one_minus_beta2, _mm512_mul_ps(g, g)));
    const __m512 divisor = _mm512_fmadd_ps(root(v), c.root_scale, c.epsilon);
    const __m512 decayed = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, weights), c.decay);
    _mm512_mask_storeu_ps(first, mask, m);
    _mm512_mask_storeu_ps(second, mask, v);
    _mm512_mask_storeu_ps(
        weights, mask, _mm512_fnmadd_ps(c.step_size, quotient(m, divisor), decayed));
}

}  // namespace

void adam_update_avx512(const AdamFactors& factors,
                        const RowsShape& shape,
                        const AdamArrays& arrays,
                        const GradientRows& gradient) {
    constexpr __mmask16 all = 0xffff;
    const Constants constants(factors);
    for (std::size_t r = 0; r < shape.rows; ++r) {
        float* weights = arrays.weights + r * shape.stride;
        float* first = arrays.first + r * shape.stride;
        float* second = arrays.second + r * shape.stride;
        const float* g = gradient.values + r * gradient.stride;
        std::size_t i = 0;
        for (; i + lanes <= shape.columns; i += lanes) {
            for (const float* array : {weights, first, second}) {
                _mm_prefetch(reinterpret_cast<const char*>(array + i + ahead), _MM_HINT_T0);
            }
            update(constants, all, weights + i, first + i, second + i, g + i);
        }
        if (i < shape.columns) {
            const auto rest = static_cast<__mmask16>((1U << (shape.columns - i)) - 1U);
            update(constants, rest, weights + i, first + i, second + i, g + i);
        }
    }
}

}  // namespace ltfb::trainer
#endif
