#include "experiments/bench/ceilings.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <numeric>

#include <omp.h>

#include "core/aligned.hpp"
#include "experiments/bench/report.hpp"
#include "trainer/onednn_dense.hpp"

namespace ltfb::bench {

namespace {

double seconds_of(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

using Lanes4 [[gnu::vector_size(16)]] = float;
using Lanes8 [[gnu::vector_size(32)]] = float;
using Lanes16 [[gnu::vector_size(64)]] = float;

constexpr std::size_t rounds = 4'000'000;
constexpr std::size_t chains = 12;  // enough to hide the latency, few enough for the registers

template <class Lanes>
[[gnu::always_inline]] inline float multiply_add() {
    Lanes sums[chains] =
        {};  // NOLINT(modernize-avoid-c-arrays): std::array is not kept in registers
    const Lanes factor = Lanes{} + 0.5F;
    for (std::size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
        for (Lanes& sum : sums) { sum = sum * factor + factor; }
    }
    float total = 0.0F;
    for (const Lanes& sum : sums) { total += sum[0]; }
    return total;
}

[[gnu::target("avx512f")]] float multiply_add_avx512() {
    return multiply_add<Lanes16>();
}
[[gnu::target("avx2,fma")]] float multiply_add_avx2() {
    return multiply_add<Lanes8>();
}

double fma_gflops() {
    std::size_t lanes = 4;
    std::function<float()> kernel = multiply_add<Lanes4>;
    if (__builtin_cpu_supports("avx512f") != 0) {
        lanes = 16;
        kernel = multiply_add_avx512;
    } else if (__builtin_cpu_supports("fma") != 0) {
        lanes = 8;
        kernel = multiply_add_avx2;
    }
    float total = 0.0F;
    const double s = seconds_of([&] {
#pragma omp parallel reduction(+ : total)
        total += kernel();
    });
    // Every thread's sum is positive, so this uses what would else be removed.
    const int threads = total > 0.0F ? omp_get_max_threads() : 0;
    return 2e-9 * static_cast<double>(rounds * chains * lanes) * threads / s;
}

double gemm_gflops() {
    constexpr trainer::DenseShape shape{.rows = 256, .inputs = 1000, .outputs = 1000};
    static trainer::OnednnDense dense;
    static AlignedArray<float> x(shape.rows * shape.inputs);
    static AlignedArray<float> w(shape.inputs * shape.outputs);
    static AlignedArray<float> y(shape.rows * shape.outputs);
    static const AlignedArray<float> bias(shape.outputs);
    std::iota(x.span().begin(), x.span().end(), 1.0F);
    std::iota(w.span().begin(), w.span().end(), 1.0F);
    constexpr int products = 30;
    const double s = seconds_of([&] {
        for (int i = 0; i < products; ++i) {
            dense.forward(shape, x.data(), w.data(), bias.data(), y.data());
        }
    });
    return 2e-9 * static_cast<double>(shape.rows * shape.inputs * shape.outputs) * products / s;
}

double read_gbytes_s() {
    constexpr std::size_t size = std::size_t{1} << 26U;  // 256 MiB of floats
    static AlignedArray<float> values(size);
    float total = 0.0F;
    const double s = seconds_of([&] {
#pragma omp parallel for simd reduction(+ : total)
        for (std::size_t i = 0; i < size; ++i) { total += values.data()[i]; }
    });
    // All values are 0; asking for their sum keeps the loop.
    return total > 0.0F ? 0.0 : 1e-9 * static_cast<double>(size * sizeof(float)) / s;
}

}  // namespace

Ceilings measure_ceilings(int threads, int repeats) {
    omp_set_num_threads(threads);
    return {.fma_gflops = median_of(repeats, fma_gflops),
            .gemm_gflops = median_of(repeats, gemm_gflops),
            .read_gbytes_s = median_of(repeats, read_gbytes_s)};
}

}  // namespace ltfb::bench
