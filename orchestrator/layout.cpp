#include "orchestrator/layout.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace ltfb::orchestrator {

namespace {

std::vector<int> starts_of(const std::vector<int>& sizes) {
    std::vector<int> starts(sizes.size());
    std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), 0);
    return starts;
}

mpi::Comm checked_world(const std::vector<int>& sizes) {
    mpi::Comm world = mpi::Comm::world();
    const int needed = std::accumulate(sizes.begin(), sizes.end(), 0);
    if (needed != world.size()) {
        throw InputError(fmt::format(
            "{} trainers of {} ranks = {} ranks, but the job has {} (start {} ranks, or "
            "change --trainers, --ranks-per-trainer or --layout)",
            sizes.size(),
            fmt::join(sizes, ", "),
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
