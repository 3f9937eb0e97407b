#pragma once

namespace ltfb::bench {

/// What a machine can do with some threads at most.
struct Ceilings {
    double fma_gflops = 0.0;     // fused multiply-adds on registers
    double gemm_gflops = 0.0;    // oneDNN, fp32, 256 x 1000 x 1000
    double read_gbytes_s = 0.0;  // sum of an array far larger than the caches
};

/// Measures with `threads` threads; the median of `repeats`.
Ceilings measure_ceilings(int threads, int repeats);

}  // namespace ltfb::bench
