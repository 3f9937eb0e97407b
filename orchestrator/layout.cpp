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

mpi::Comm checked_world(const std::vector<int>& sizes, int needed) {
    mpi::Comm world = mpi::Comm::world();
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
      world(checked_world(ranks_per_trainer,
                          std::accumulate(ranks_per_trainer.begin(), ranks_per_trainer.end(), 0))),
      is_whole_run(true),
      trainer(trainer_of(world.rank(), first_ranks)),
      seats(world.split(trainer, world.rank())) {}

Layout::Layout(std::vector<int> sizes, int own_trainer)
    : ranks_per_trainer(std::move(sizes)),
      first_ranks(starts_of(ranks_per_trainer)),
      world(checked_world(ranks_per_trainer,
                          ranks_per_trainer[static_cast<std::size_t>(own_trainer)])),
      is_whole_run(false),
      trainer(own_trainer),
      seats(world.split(0, world.rank())) {}

}  // namespace ltfb::orchestrator
