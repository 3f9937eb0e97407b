#include "trainer/adam.hpp"

#include <cmath>

#include "trainer/simd.hpp"

namespace ltfb::trainer {

namespace {

LTFB_MULTIVERSION
void update_row(const AdamFactors& f,
                std::size_t n,
                float* __restrict weights,
                float* __restrict first,
                float* __restrict second,
                const float* __restrict gradient) {
    for (std::size_t i = 0; i < n; ++i) {
        const float g = gradient[i] * f.gradient;
        const float m = f.beta1 * first[i] + f.one_minus_beta1 * g;
        const float v = f.beta2 * second[i] + f.one_minus_beta2 * (g * g);
        first[i] = m;
        second[i] = v;
        weights[i] =
            weights[i] * f.decay - f.step_size * m / (std::sqrt(v) * f.root_scale + f.epsilon);
    }
}

void update_portably(const AdamFactors& factors,
                     const RowsShape& shape,
                     const AdamArrays& arrays,
                     const GradientRows& gradient) {
    for (std::size_t r = 0; r < shape.rows; ++r) {
        const std::size_t at = r * shape.stride;
        update_row(factors,
                   shape.columns,
                   arrays.weights + at,
                   arrays.first + at,
                   arrays.second + at,
                   gradient.values + r * gradient.stride);
    }
}

auto fastest_update() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") != 0) { return adam_update_avx512; }
#endif
    return update_portably;
}

}  // namespace

void adam_update(const AdamFactors& factors,
                 const RowsShape& shape,
                 const AdamArrays& arrays,
                 const GradientRows& gradient) {
    static const auto update = fastest_update();
    update(factors, shape, arrays, gradient);
}

}  // namespace ltfb::trainer
