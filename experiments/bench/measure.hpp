#pragma once

#include "core/mpi.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

/// Collective. One trainer over all ranks of `comm` on a generated set; adds all parameters and
/// figures of its steps to `table`. Times are medians over the repeats of the slowest rank's.
void measure_steps(mpi::Comm comm, const Options& options, Table& table);

/// Collective. The same for exact predictions of every sample of the set.
void measure_predictions(mpi::Comm comm, const Options& options, Table& table);

}  // namespace ltfb::bench
