#include "trainer/arenas.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

// Several pieces for each of four seats, the last of them short.
constexpr std::size_t arena_size = 5 * (std::size_t{1} << 18U) + 3 * arena_block + 48;

float value_at(int seat, std::size_t position) {
    return static_cast<float>((position * 7 + static_cast<std::size_t>(seat) * 13) % 1009) - 500.0F;
}

float weight_at(std::size_t position, int step) {
    return static_cast<float>(position % 997) + static_cast<float>(step);
}

/// The parts in which a gradient of several layers becomes final, from the last to the first.
std::vector<ArenaRange> layers_backward() {
    const std::vector<std::size_t> ends{arena_size, 1000000, 999984, 400000, 16, 0};
    std::vector<ArenaRange> layers;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) { layers.push_back({ends[i + 1], ends[i]}); }
    return layers;
}

/// One step: every seat's gradient is a function of seat and step; weights of step and position.
/// Returns this seat's shard of the sum.
std::vector<float> play_step(const mpi::Comm& comm, Arenas& arenas, int step, bool announces) {
    const std::span<float> gradient = arenas.gradient();
    for (const ArenaRange part : layers_backward()) {
        for (std::size_t i = part.begin; i < part.end; ++i) {
            gradient[i] = value_at(comm.rank(), i) * static_cast<float>(step + 1);
        }
        if (announces) { arenas.gradient_ready(part); }
    }
    arenas.sum_gradients({30.0, "gradients"});
    const ArenaRange shard = shard_of(arena_size, comm.rank(), comm.size());
    std::vector<float> sum(&gradient[shard.begin], &gradient[shard.begin] + shard.size());
    for (std::size_t i = shard.begin; i < shard.end; ++i) {
        arenas.weights()[i] = weight_at(i, step);
    }
    arenas.share_weights({30.0, "weights"});
    return sum;
}

bool has_all_weights(Arenas& arenas, int step) {
    for (std::size_t i = 0; i < arena_size; ++i) {
        if (arenas.weights()[i] != weight_at(i, step)) { return false; }
    }
    return true;
}

/// Largest error of the sum, relative to the largest that it could be.
double error_of(const mpi::Comm& comm, const std::vector<float>& sum, int step) {
    const ArenaRange shard = shard_of(arena_size, comm.rank(), comm.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
        double expected = 0.0;
        for (int seat = 0; seat < comm.size(); ++seat) {
            expected += static_cast<double>(value_at(seat, shard.begin + i)) * (step + 1);
        }
        largest = std::max(largest, std::abs(static_cast<double>(sum[i]) - expected));
    }
    return largest / (500.0 * comm.size() * (step + 1));
}

}  // namespace

TEST_CASE("each seat gets the sum of its shard, and all get the weights") {
    const mpi::Comm comm = mpi::Comm::world();
    for (const auto sharing :
         {ArenaSharing::automatic, ArenaSharing::separate, ArenaSharing::pairs}) {
        for (const auto exchange : {GradientExchange::fp32, GradientExchange::bf16}) {
            const auto arenas =
                make_arenas(comm, arena_size, {.sharing = sharing, .exchange = exchange});
            for (int step = 0; step < 3; ++step) {
                CAPTURE(static_cast<int>(sharing));
                CAPTURE(static_cast<int>(exchange));
                CAPTURE(step);
                // Some seats may have nothing to say before the end, as one without samples.
                const bool announces = step != 1 || comm.rank() % 2 == 0;
                const auto sum = play_step(comm, *arenas, step, announces);
                // Integers as these are exact in fp32; bf16 has 8 bits.
                const double limit = exchange == GradientExchange::fp32 ? 0.0 : 0.004;
                CHECK(error_of(comm, sum, step) <= limit);
                CHECK(has_all_weights(*arenas, step));
            }
        }
    }
}

TEST_CASE("equal gradients make equal sums, to the bit, in bf16 too") {
    const mpi::Comm comm = mpi::Comm::world();
    const auto run = [&] {
        const auto arenas =
            make_arenas(comm,
                        arena_size,
                        {.sharing = ArenaSharing::separate, .exchange = GradientExchange::bf16});
        return play_step(comm, *arenas, 2, true);
    };
    CHECK(run() == run());
}
