#pragma once

#include <memory>

#include "core/mpi.hpp"
#include "data/samples.hpp"
#include "experiments/bench/options.hpp"

namespace ltfb::bench {

/// Collective. The set that `options` ask for: a file, or a generated one, which is written to a
/// temporary file and opened as any other. Rank 0 writes it, so all ranks must see its folder.
std::unique_ptr<data::Samples> open_set(const mpi::Comm& comm, const Options& options);

/// The same; `open_s` gets the time that opening took on this rank, the median of some.
std::unique_ptr<data::Samples> open_set(const mpi::Comm& comm,
                                        const Options& options,
                                        double& open_s);

}  // namespace ltfb::bench
