#pragma once

#include <vector>

#include "core/mpi.hpp"

namespace ltfb::orchestrator {

/// How a run's ranks make trainers. In one MPI job world ranks 0 .. r0 - 1 are the seats of trainer
/// 0, and so on; in a job of its own a trainer has them all.
struct Layout {
    /// Collective over the job. Throws InputError, alike on every rank, where the job's size is
    /// not the sum of `ranks_per_trainer`.
    explicit Layout(std::vector<int> ranks_per_trainer);
    /// The same for the job of trainer `own_trainer` alone.
    Layout(std::vector<int> ranks_per_trainer, int own_trainer);

    std::vector<int> ranks_per_trainer;  // [trainers]
    std::vector<int> first_ranks;        // [trainers] world rank of the lead seat
    mpi::Comm world;                     // this job's
    bool is_whole_run;
    int trainer;      // this rank's
    mpi::Comm seats;  // of this rank's trainer

    [[nodiscard]] int trainers() const noexcept { return static_cast<int>(first_ranks.size()); }
    [[nodiscard]] int seats_of(int trainer_index) const {
        return ranks_per_trainer[static_cast<std::size_t>(trainer_index)];
    }
    [[nodiscard]] bool is_lead() const noexcept { return seats.rank() == 0; }
    /// Whether this rank keeps the run's log; of trainers with jobs of their own none does.
    [[nodiscard]] bool is_root() const noexcept { return is_whole_run && world.rank() == 0; }
};

}  // namespace ltfb::orchestrator
