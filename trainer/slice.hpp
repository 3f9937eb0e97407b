#pragma once

#include <cstddef>
#include <vector>

#include "core/shard.hpp"

namespace ltfb::trainer {

/// The contiguous part of `n` items that a seat takes; parts differ by at most one item.
ArenaRange slice_of(std::size_t n, int seat, int seats);

/// Where the slices of all seats begin, and the end of the last: seats + 1 positions.
std::vector<std::size_t> slice_offsets(std::size_t n, int seats);

/// The same for their shards of an arena.
std::vector<std::size_t> shard_offsets(std::size_t arena_size, int seats);

}  // namespace ltfb::trainer
