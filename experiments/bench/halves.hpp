#pragma once

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/mpi.hpp"
#include "core/stopwatch.hpp"

namespace ltfb::bench {

inline const mpi::Deadline patience{.limit_s = 600.0, .what = "the other ranks of the benchmark"};

/// Two trainers, the lower and the upper half of the ranks.
struct Halves {
    /// Collective over `world`. Throws InputError where their number is odd.
    explicit Halves(const mpi::Comm& world)
        : size(checked_half(world.size())),
          trainer(world.rank() / size),
          seats(world.split(trainer, world.rank())),
          partner_rank((world.rank() + size) % world.size()) {}

    int size;
    int trainer;
    mpi::Comm seats;
    int partner_rank;

private:
    static int checked_half(int ranks) {
        if (ranks % 2 == 0) { return ranks / 2; }
        throw InputError(fmt::format(
            "exchange: {} ranks (start an even number, for example mpiexec -n 2)", ranks));
    }
};

/// Collective over `world`. Seconds that `body` takes on the slowest rank.
template <class Body>
double time_of(const mpi::Comm& world, const Body& body) {
    mpi::barrier(world, patience);
    double seconds = 0.0;
    {
        const Stopwatch watch(seconds);
        body();
    }
    constexpr double ticks_per_s = 1e7;  // mpi::max takes ints
    return mpi::max(world, static_cast<int>(seconds * ticks_per_s), patience) / ticks_per_s;
}

}  // namespace ltfb::bench
