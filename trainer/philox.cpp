#include "trainer/philox.hpp"

#include <bit>
#include <cstring>

#include "trainer/simd.hpp"

namespace ltfb::trainer::philox {

static_assert(std::endian::native == std::endian::little, "halves are of little-endian words");

// One loop without calls, for the compiler to vectorise over lanes.
LTFB_MULTIVERSION
void draw_portably(const Key& key, const Counter& counter, std::span<std::uint16_t> out) {
    std::array<std::array<std::uint32_t, lanes>, 4> words;
    for (std::size_t at = 0; at < out.size(); at += halves) {
        const auto first = counter.first_block + static_cast<std::uint32_t>(at / halves * lanes);
        for (std::uint32_t l = 0; l < lanes; ++l) {
            std::uint32_t c0 = first + l;
            std::uint32_t c1 = counter.layer;
            std::uint32_t c2 = counter.sample;
            std::uint32_t c3 = 0;
#pragma GCC unroll 7
            for (std::uint32_t r = 0; r < rounds; ++r) {
                const std::uint64_t product0 = multiplier0 * c0;
                const std::uint64_t product1 = multiplier1 * c2;
                c0 = static_cast<std::uint32_t>(product1 >> 32U) ^ c1 ^ (key[0] + r * weyl0);
                c1 = static_cast<std::uint32_t>(product1);
                c2 = static_cast<std::uint32_t>(product0 >> 32U) ^ c3 ^ (key[1] + r * weyl1);
                c3 = static_cast<std::uint32_t>(product0);
            }
            words[0][l] = c0;
            words[1][l] = c1;
            words[2][l] = c2;
            words[3][l] = c3;
        }
        std::memcpy(&out[at], words.data(), sizeof words);
    }
}

namespace {

auto fastest_draw() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") != 0) { return draw_avx512; }
#endif
    return draw_portably;
}

}  // namespace

void draw(const Key& key, const Counter& counter, std::span<std::uint16_t> out) {
    static const auto fastest = fastest_draw();
    fastest(key, counter, out);
}

}  // namespace ltfb::trainer::philox
