#include "core/shard.hpp"

#include <algorithm>

namespace ltfb {

ArenaRange slice_of(std::size_t n, int seat, int seats) {
    const auto at = [&](int s) {
        return n * static_cast<std::size_t>(s) / static_cast<std::size_t>(seats);
    };
    return {at(seat), at(seat + 1)};
}

std::vector<std::size_t> slice_offsets(std::size_t n, int seats) {
    std::vector<std::size_t> offsets{0};
    for (int seat = 0; seat < seats; ++seat) { offsets.push_back(slice_of(n, seat, seats).end); }
    return offsets;
}

ArenaRange shard_of(std::size_t arena_size, int seat, int seats) {
    const ArenaRange blocks = slice_of(blocks_of(arena_size), seat, seats);
    return {std::min(blocks.begin * arena_block, arena_size),
            std::min(blocks.end * arena_block, arena_size)};
}

std::vector<std::size_t> shard_offsets(std::size_t arena_size, int seats) {
    std::vector<std::size_t> offsets{0};
    for (int seat = 0; seat < seats; ++seat) {
        offsets.push_back(shard_of(arena_size, seat, seats).end);
    }
    return offsets;
}

}  // namespace ltfb
