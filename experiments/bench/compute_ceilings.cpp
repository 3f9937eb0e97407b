#include "experiments/bench/compute_ceilings.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include <omp.h>

#include "core/stopwatch.hpp"
#include "trainer/engine.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace ltfb::bench {

namespace {

using Lanes4 [[gnu::vector_size(16)]] = float;
using Lanes8 [[gnu::vector_size(32)]] = float;
using Lanes16 [[gnu::vector_size(64)]] = float;

constexpr std::size_t rounds = 4'000'000;
constexpr std::size_t chains = 12;  // enough to hide the latency, few enough for the registers

/// In memory, and of 0 to 1: were chains or lanes known to be alike, one would do for all.
std::array<float, chains* 16> begins = [] {
    std::array<float, chains * 16> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(i) / static_cast<float>(values.size());
    }
    return values;
}();

template <class Lanes>
[[gnu::always_inline]] inline float multiply_add() {
    Lanes sums[chains];  // NOLINT(modernize-avoid-c-arrays): std::array is not kept in registers
#pragma GCC unroll 12
    for (std::size_t c = 0; c < chains; ++c) {
        std::memcpy(&sums[c], &begins[c * sizeof(Lanes) / sizeof(float)], sizeof(Lanes));
    }
    const Lanes factor = Lanes{} + 0.5F;
    for (std::size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
        for (Lanes& sum : sums) { sum = sum * factor + factor; }
    }
    float total = 0.0F;
    for (const Lanes& sum : sums) {
        for (std::size_t l = 0; l < sizeof(Lanes) / sizeof(float); ++l) { total += sum[l]; }
    }
    return total;
}

[[gnu::target("avx512f")]] float multiply_add_avx512() {
    return multiply_add<Lanes16>();
}
[[gnu::target("avx2,fma")]] float multiply_add_avx2() {
    return multiply_add<Lanes8>();
}

#ifdef __x86_64__

/// The layout that LDTILECFG reads (Intel's Software Developer's Manual, volume 1, 18.3).
struct alignas(64) TileShapes {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::array<std::uint8_t, 14> reserved{};
    std::array<std::uint16_t, 16> row_bytes{64, 64, 64, 64, 64, 64, 64, 64};
    std::array<std::uint8_t, 16> rows{16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileShapes) == 64);

constexpr std::size_t tile_rounds = 200'000;
constexpr std::size_t tile_products = 6;                       // a round
constexpr double flops_of_product = 2.0 * 16.0 * 16.0 * 32.0;  // of the largest tiles

// In memory: compilers may think that loading it reads its first bytes alone.
const TileShapes shapes;

[[gnu::target("amx-tile,amx-bf16")]] void multiply_tiles() {
    _tile_loadconfig(&shapes);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (std::size_t r = 0; r < tile_rounds; ++r) {
        _tile_dpbf16ps(0, 6, 7);
        _tile_dpbf16ps(1, 6, 7);
        _tile_dpbf16ps(2, 6, 7);
        _tile_dpbf16ps(3, 6, 7);
        _tile_dpbf16ps(4, 6, 7);
        _tile_dpbf16ps(5, 6, 7);
    }
    _tile_release();
}

#endif

}  // namespace

MatrixUnit matrix_unit() {
#ifdef __x86_64__
    if (trainer::has_matrix_hardware()) { return MatrixUnit::amx_bf16; }
#endif
    return MatrixUnit::none;
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
    double seconds = 0.0;
    {
        const Stopwatch watch(seconds);
#pragma omp parallel reduction(+ : total)
        total += kernel();
    }
    // Every thread's sum is positive, so this uses what would else be removed.
    const int threads = total > 0.0F ? omp_get_max_threads() : 0;
    return 2e-9 * static_cast<double>(rounds * chains * lanes) * threads / seconds;
}

double tile_gflops() {
    if (matrix_unit() == MatrixUnit::none) { return 0.0; }
    double seconds = 0.0;
#ifdef __x86_64__
    {
        const Stopwatch watch(seconds);
#pragma omp parallel
        multiply_tiles();
    }
    return 1e-9 * static_cast<double>(tile_rounds * tile_products) * flops_of_product *
           omp_get_max_threads() / seconds;
#else
    return seconds;
#endif
}

}  // namespace ltfb::bench
