#include "experiments/bench/ceilings.hpp"

#include <array>

#include <fmt/core.h>
#include <omp.h>

#include "trainer/model.hpp"

namespace ltfb::bench {

namespace {

void add_up(const mpi::Comm& comm, Ceilings& ceilings) {
    const std::array all{&ceilings.fma_gflops,
                         &ceilings.tile_gflops,
                         &ceilings.gemm_fp32.forward,
                         &ceilings.gemm_fp32.input_gradient,
                         &ceilings.gemm_fp32.weight_gradient,
                         &ceilings.gemm_fp32.all,
                         &ceilings.gemm_bf16.forward,
                         &ceilings.gemm_bf16.input_gradient,
                         &ceilings.gemm_bf16.weight_gradient,
                         &ceilings.gemm_bf16.all,
                         &ceilings.memory.read,
                         &ceilings.memory.write,
                         &ceilings.memory.triad,
                         &ceilings.memory.update};
    std::array<double, all.size()> values{};
    for (std::size_t i = 0; i < all.size(); ++i) { values.at(i) = *all.at(i); }
    mpi::sum(comm, std::span(values), {.what = "the ceilings of the other ranks"});
    for (std::size_t i = 0; i < all.size(); ++i) { *all.at(i) = values.at(i); }
}

void add_gemm(const char* type, const GemmRates& rates, Table& table) {
    table.add(fmt::format("gemm_{}_gflops", type), rates.all);
    table.add(fmt::format("gemm_{}_forward_gflops", type), rates.forward);
    table.add(fmt::format("gemm_{}_input_gradient_gflops", type), rates.input_gradient);
    table.add(fmt::format("gemm_{}_weight_gradient_gflops", type), rates.weight_gradient);
}

}  // namespace

// Between barriers, so that all ranks load the same part of the machine at the same time.
Ceilings measure_ceilings(const mpi::Comm& comm,
                          const StepShapes& shapes,
                          std::size_t update_floats,
                          int threads,
                          int repeats) {
    omp_set_num_threads(threads);
    const auto together = [&] { mpi::barrier(comm, {.what = "the start of a ceiling"}); };
    Ceilings ceilings;
    together();
    ceilings.fma_gflops = median_of(repeats, fma_gflops);
    together();
    ceilings.tile_gflops = median_of(repeats, tile_gflops);
    together();
    ceilings.gemm_fp32 = measure_gemm(GemmType::fp32, shapes, repeats);
    together();
    ceilings.gemm_bf16 = measure_gemm(GemmType::bf16, shapes, repeats);
    together();
    ceilings.memory = measure_memory(update_floats, repeats);
    add_up(comm, ceilings);
    return ceilings;
}

void report_ceilings(const mpi::Comm& comm, const Options& options, Table& table) {
    const trainer::ModelLayout layout({.cell_features = options.cell_features,
                                       .drug_features = options.drug_features,
                                       .hidden = options.hidden});
    const auto ranks = static_cast<std::size_t>(comm.size());
    const StepShapes shapes(layout,
                            {.samples = static_cast<std::size_t>(options.batch) / ranks,
                             .cells = options.cells,
                             .drugs = options.drugs});
    const Ceilings ceilings =
        measure_ceilings(comm, shapes, layout.arena_size / ranks, options.threads, options.repeats);
    table.add("ranks", comm.size());
    table.add("threads", options.threads);
    table.add("batch", options.batch);
    table.add("matrix_unit",
              std::string(matrix_unit() == MatrixUnit::amx_bf16 ? "amx_bf16" : "none"));
    table.add("fma_gflops", ceilings.fma_gflops);
    table.add("tile_gflops", ceilings.tile_gflops);
    add_gemm("fp32", ceilings.gemm_fp32, table);
    add_gemm("bf16", ceilings.gemm_bf16, table);
    for (int threads = ranks == 1 ? 1 : options.threads; threads <= options.threads; ++threads) {
        omp_set_num_threads(threads);
        const MemoryRates rates = threads == options.threads
                                      ? ceilings.memory
                                      : measure_memory(layout.arena_size / ranks, options.repeats);
        table.add(fmt::format("read_gbytes_s_{}", threads), rates.read);
        table.add(fmt::format("write_gbytes_s_{}", threads), rates.write);
        table.add(fmt::format("triad_gbytes_s_{}", threads), rates.triad);
        table.add(fmt::format("update_gbytes_s_{}", threads), rates.update);
    }
}

}  // namespace ltfb::bench
