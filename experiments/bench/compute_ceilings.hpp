#pragma once

namespace ltfb::bench {

/// What of this processor multiplies matrices in bf16.
enum class MatrixUnit { none, amx_bf16 };

/// Asks the processor, and the system for the permission that AMX needs.
MatrixUnit matrix_unit();

/// GF/s of fused multiply-adds on fp32 registers, with the OpenMP threads that are set.
double fma_gflops();

/// GF/s of bf16 tile products on AMX registers, with the OpenMP threads that are set; 0 where
/// there is no AMX.
double tile_gflops();

}  // namespace ltfb::bench
