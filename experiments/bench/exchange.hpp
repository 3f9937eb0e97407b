#pragma once

#include "core/mpi.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

/// Collective over an even number of ranks: two trainers of half of them each swap the weights of a
/// full-size model as in a tournament, in turn with a bare MPI_Sendrecv of the same bytes between
/// the same ranks. Adds both times (of the slowest rank), and the median of their ratios, to
/// `table`. Throws InputError for an odd number of ranks.
void measure_exchange(mpi::Comm comm, const Options& options, Table& table);

}  // namespace ltfb::bench
