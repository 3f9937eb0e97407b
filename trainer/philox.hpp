#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ltfb::trainer::philox {

// Philox 4x32 (Salmon et al. 2011) with the fewest rounds that pass BigCrush (ibid., table 2).
inline constexpr std::uint64_t multiplier0 = 0xD2511F53;
inline constexpr std::uint64_t multiplier1 = 0xCD9E8D57;
inline constexpr std::uint32_t weyl0 = 0x9E3779B9;
inline constexpr std::uint32_t weyl1 = 0xBB67AE85;
inline constexpr std::uint32_t rounds = 7;

using Key = std::array<std::uint32_t, 2>;

/// Words 0 to 2 of the counter; word 3 is 0.
struct Counter {
    std::uint32_t first_block;
    std::uint32_t layer;
    std::uint32_t sample;
};

/// Counters that are drawn for at once, with blocks one after the other: word w of all of them lies
/// before word w + 1 of all of them.
inline constexpr std::size_t lanes = 8;
/// Halves of words that these give.
inline constexpr std::size_t halves = lanes * 4 * 2;

/// `out`: a multiple of `halves`.
void draw(const Key& key, const Counter& counter, std::span<std::uint16_t> out);

/// The same, on any processor.
void draw_portably(const Key& key, const Counter& counter, std::span<std::uint16_t> out);
#if defined(__x86_64__)
/// Only where the processor has AVX-512 F.
void draw_avx512(const Key& key, const Counter& counter, std::span<std::uint16_t> out);
#endif

}  // namespace ltfb::trainer::philox
