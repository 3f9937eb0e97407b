#pragma once

#include "core/mpi.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

/// Collective over `world`, split evenly among the trainers. Trains on the set and adds to `table`:
/// samples/s of all trainers, the time of each part of a step (of the slowest rank), and how near
/// the parts come to the ceilings of this machine, measured afterwards. Throws InputError where
/// the ranks do not go into the trainers.
void measure_steps(const mpi::Comm& world, const Options& options, Table& table);

/// The same for exact scores of all samples.
void measure_predictions(const mpi::Comm& world, const Options& options, Table& table);

/// Collective. Opening the set, and assembling shuffled batches of it.
void measure_data(const mpi::Comm& comm, const Options& options, Table& table);

}  // namespace ltfb::bench
