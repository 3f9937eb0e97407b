#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ltfb {

/// A half-open range of positions.
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

/// Blocks of an arena; the last may be short.
constexpr std::size_t blocks_of(std::size_t arena_size) {
    return (arena_size + arena_block - 1) / arena_block;
}

/// The part of an arena that seat `seat` of `seats` updates, sends and holds the moments of: whole
/// blocks, as evenly as they go. The shards of all seats cover the arena in seat order.
ArenaRange shard_of(std::size_t arena_size, int seat, int seats);

/// Where the shards of all seats begin, and the end of the last: seats + 1 positions.
std::vector<std::size_t> shard_offsets(std::size_t arena_size, int seats);

/// The contiguous part of `n` items that a seat takes; parts differ by at most one item.
ArenaRange slice_of(std::size_t n, int seat, int seats);

/// Where the slices of all seats begin, and the end of the last: seats + 1 positions.
std::vector<std::size_t> slice_offsets(std::size_t n, int seats);

}  // namespace ltfb
