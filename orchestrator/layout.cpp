#include "orchestrator/layout.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ltfb::orchestrator {

namespace {

std::vector<int> starts_of(const std::vector<int>& sizes) {
    std::vector<int> starts(sizes.size());
    std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), 0);
    return starts;
}

std::string describe(const std::vector<int>& sizes) {
    const bool is_even = std::ranges::all_of(sizes, [&](int n) { return n == sizes.front(); });
    return is_even
               ? fmt::format("--trainers {} x --ranks-per-trainer {}", sizes.size(), sizes.front())
               : fmt::format("--layout {}", fmt::join(sizes, ","));
}

mpi::Comm checked_world(const std::vector<int>& sizes) {
    mpi::Comm world = mpi::Comm::world();
    const int needed = std::accumulate(sizes.begin(), sizes.end(), 0);
    if (needed != world.size()) {
        throw InputError(
            fmt::format("{} = {} ranks, but the job has {} (start {} ranks, or change the layout)",
                        describe(sizes),
                        needed,
                        world.size(),
                        needed));
    }
    return world;
}

int trainer_of(int rank, const std::vector<int>& starts) {
    return static_cast<int>(std::ranges::upper_bound(starts, rank) - starts.begin()) - 1;
}

}  // namespace

Layout::Layout(std::vector<int> sizes)
    : ranks_per_trainer(std::move(sizes)),
      first_ranks(starts_of(ranks_per_trainer)),
      world(checked_world(ranks_per_trainer)),
      trainer(trainer_of(world.rank(), first_ranks)),
      seats(world.split(trainer, world.rank())) {}

}  // namespace ltfb::orchestrator
