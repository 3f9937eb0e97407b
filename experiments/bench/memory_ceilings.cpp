#include "experiments/bench/memory_ceilings.hpp"

#include <algorithm>
#include <array>

#include "core/aligned.hpp"
#include "core/stopwatch.hpp"
#include "experiments/bench/report.hpp"
#include "trainer/simd.hpp"

namespace ltfb::bench {

namespace {

constexpr std::size_t piece = 16384;  // floats a thread takes at a time

LTFB_MULTIVERSION
float sum_piece(std::size_t n, const float* a) {
    constexpr std::size_t lanes = 64;  // chains enough to hide the latency of an addition
    std::array<float, lanes> sums{};
    for (std::size_t i = 0; i + lanes <= n; i += lanes) {
        for (std::size_t l = 0; l < lanes; ++l) { sums[l] += a[i + l]; }
    }
    float sum = 0.0F;
    for (const float lane : sums) { sum += lane; }
    return sum;
}

LTFB_MULTIVERSION
void triad_piece(std::size_t n,
                 float* __restrict a,
                 const float* __restrict b,
                 const float* __restrict c) {
    for (std::size_t i = 0; i < n; ++i) { a[i] = b[i] + 0.5F * c[i]; }
}

LTFB_MULTIVERSION
void update_piece(std::size_t n,
                  float* __restrict weights,
                  const float* __restrict gradient,
                  float* __restrict first,
                  float* __restrict second) {
    for (std::size_t i = 0; i < n; ++i) {
        const float sum = gradient[i] + first[i];
        weights[i] += sum + second[i];
        first[i] = sum;
        second[i] += gradient[i];
    }
}

template <class Body>
double rate_of(std::size_t floats, double bytes, int repeats, const Body& body) {
    return median_of(repeats, [&] {
        double seconds = 0.0;
        {
            const Stopwatch watch(seconds);
#pragma omp parallel for
            for (std::size_t at = 0; at < floats; at += piece) {
                body(at, std::min(piece, floats - at));
            }
        }
        return 1e-9 * bytes / seconds;
    });
}

}  // namespace

MemoryRates measure_memory(std::size_t floats, int repeats) {
    constexpr double arrays_of_update = 7.0;
    constexpr double arrays_of_triad = 3.0;
    AlignedArray<float> memory(4 * floats);
    float* const all = memory.data();
    std::array<float*, 4> arrays{};
    for (std::size_t a = 0; a < arrays.size(); ++a) { arrays.at(a) = all + a * floats; }
    const auto bytes = static_cast<double>(floats * sizeof(float));

    MemoryRates rates;
    rates.write = rate_of(memory.size(), 4.0 * bytes, repeats, [&](std::size_t at, std::size_t n) {
        std::fill_n(all + at, n, 0.25F);
    });
    rates.read = rate_of(memory.size(), 4.0 * bytes, repeats, [&](std::size_t at, std::size_t n) {
        // All values are positive; asking for their sum keeps the loop.
        if (sum_piece(n, all + at) < 0.0F) { all[at] = 0.0F; }
    });
    const auto triad = [&](std::size_t at, std::size_t n) {
        triad_piece(n, arrays[0] + at, arrays[1] + at, arrays[2] + at);
    };
    rates.triad = rate_of(floats, arrays_of_triad * bytes, repeats, triad);
    const auto update = [&](std::size_t at, std::size_t n) {
        update_piece(n, arrays[0] + at, arrays[1] + at, arrays[2] + at, arrays[3] + at);
    };
    rates.update = rate_of(floats, arrays_of_update * bytes, repeats, update);
    return rates;
}

}  // namespace ltfb::bench
