#pragma once

#include <cstddef>
#include <span>

#include "core/mpi.hpp"

namespace ltfb::mpi {

/// As gather_all, in messages of at most `piece` values: what gather_all does where there are more
/// values than a library call can count.
void gather_in_pieces(const Comm& comm,
                      std::span<float> values,
                      std::span<const std::size_t> offsets,
                      const Deadline& deadline,
                      std::size_t piece);

}  // namespace ltfb::mpi
