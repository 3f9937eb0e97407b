#pragma once

#include "experiments/bench/work.hpp"

namespace ltfb::bench {

enum class GemmType { fp32, bf16 };

/// GF/s of oneDNN's plain matrix products over all of a step's layers.
struct GemmRates {
    double forward = 0.0;          // y = x w
    double input_gradient = 0.0;   // dx = dy w^T
    double weight_gradient = 0.0;  // dw = x^T dy, in fp32
    double all = 0.0;              // the three together
};

/// With the OpenMP threads that are set; the median of `repeats`. All 0 where this processor and
/// oneDNN have no such product.
GemmRates measure_gemm(GemmType type, const StepShapes& shapes, int repeats);

}  // namespace ltfb::bench
