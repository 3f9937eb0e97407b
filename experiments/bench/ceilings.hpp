#pragma once

#include "core/mpi.hpp"
#include "experiments/bench/compute_ceilings.hpp"
#include "experiments/bench/gemm_onednn.hpp"
#include "experiments/bench/memory_ceilings.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

/// What this machine can do at most with the ranks and threads of a benchmark.
struct Ceilings {
    double fma_gflops = 0.0;   // fp32, on registers
    double tile_gflops = 0.0;  // bf16, on AMX registers; 0: there is none
    GemmRates gemm_fp32;       // oneDNN at the step's shapes
    GemmRates gemm_bf16;
    MemoryRates memory;
};

/// Collective: all ranks measure at the same time, `threads` each, and their rates are added up.
Ceilings measure_ceilings(const mpi::Comm& comm,
                          const StepShapes& shapes,
                          std::size_t update_floats,
                          int threads,
                          int repeats);

/// Collective. Adds the ceilings of one trainer's step to `table`, and those of the memory for
/// each number of threads.
void report_ceilings(const mpi::Comm& comm, const Options& options, Table& table);

}  // namespace ltfb::bench
