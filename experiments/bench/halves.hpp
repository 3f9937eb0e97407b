#pragma once

#include <functional>
#include <span>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/mpi.hpp"
#include "core/stopwatch.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"
#include "tournament/transport.hpp"

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

/// Collective over `world`. Times both ways to swap the model's shards between the halves, in turn,
/// and adds the medians and their ratio: `bare_swap(sent, received)`, listed as `bare_name`, and an
/// ArenaSwap by `transport`. `start_turn` and `end_turn` get the turn's number.
struct ExchangeRace {
    const mpi::Comm& world;
    const Halves& halves;
    tournament::Transport& transport;
    const char* bare_name;
    std::function<void(std::span<const float> sent, std::span<float> received)> bare_swap;
    std::function<void(int turn)> start_turn = [](int /*turn*/) {};
    std::function<void(int turn)> end_turn = [](int /*turn*/) {};
};
void measure_race(const ExchangeRace& race, const Options& options, Table& table);

}  // namespace ltfb::bench
