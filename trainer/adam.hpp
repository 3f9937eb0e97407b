#pragma once

#include <cstddef>

namespace ltfb::trainer {

/// A rectangle of arrays that lie alike: rows of `columns` floats, `stride` apart.
struct RowsShape {
    std::size_t rows = 1;
    std::size_t columns = 0;
    std::size_t stride = 0;
};

/// Gradient rows and how far apart they are.
struct GradientRows {
    const float* values = nullptr;
    std::size_t stride = 0;
};

/// Constants of an update with Adam (Kingma and Ba 2015, algorithm 1, corrections drawn into the
/// factors) and decoupled weight decay (Loshchilov and Hutter 2019).
struct AdamFactors {
    float beta1;
    float one_minus_beta1;
    float beta2;
    float one_minus_beta2;
    float gradient;
    float step_size;   // lr / (1 - beta1^t)
    float root_scale;  // 1 / sqrt(1 - beta2^t)
    float epsilon;
    float decay;  // 1 - lr * weight_decay
};

struct AdamArrays {
    float* weights;
    float* first;   // moment
    float* second;  // moment
};

/// Updates weights and moments in one pass. What becomes of a float depends on its values alone,
/// not on where it lies. With AVX-512 root and quotient are good to 2 units in the last place.
void adam_update(const AdamFactors& factors,
                 const RowsShape& shape,
                 const AdamArrays& arrays,
                 const GradientRows& gradient);

#if defined(__x86_64__)
/// Only where the processor has AVX-512 F.
void adam_update_avx512(const AdamFactors& factors,
                        const RowsShape& shape,
                        const AdamArrays& arrays,
                        const GradientRows& gradient);
#endif

}  // namespace ltfb::trainer
