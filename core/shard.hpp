#pragma once

#include <algorithm>
#include <cstddef>

namespace ltfb {

/// A half-open range of arena positions.
struct ArenaRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
    [[nodiscard]] ArenaRange intersection(ArenaRange other) const noexcept {
        const std::size_t first = std::max(begin, other.begin);
        return {first, std::max(first, std::min(end, other.end))};
    }
};

/// Floats in a block: shards start at multiples of it, and digests are made of block digests, so a
/// model's digest does not depend on how many seats hold it.
inline constexpr std::size_t arena_block = 16384;

/// The part of an arena that seat `seat` of `seats` updates, sends and holds the moments of: whole
/// blocks, as evenly as they go. The shards of all seats cover the arena in seat order.
inline ArenaRange shard_of(std::size_t arena_size, int seat, int seats) {
    const std::size_t blocks = (arena_size + arena_block - 1) / arena_block;
    const auto start = [&](int s) {
        const std::size_t block =
            blocks * static_cast<std::size_t>(s) / static_cast<std::size_t>(seats);
        return std::min(block * arena_block, arena_size);
    };
    return {start(seat), start(seat + 1)};
}

}  // namespace ltfb
