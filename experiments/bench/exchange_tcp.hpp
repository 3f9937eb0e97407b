#pragma once

#include "core/mpi.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

/// Collective over `comm`. Times the swap of a model's weights between two trainers, each of half
/// of the ranks, by the transport of jobs of their own (checksummed, kept in files until the
/// receiver has saved its state), and in turn a bare exchange of the same bytes over one TCP
/// connection for each pair of seats. Throws InputError for an odd number of ranks.
void measure_exchange_tcp(mpi::Comm comm, const Options& options, Table& table);

}  // namespace ltfb::bench
