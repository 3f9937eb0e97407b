#pragma once

#include "data/samples.hpp"
#include "orchestrator/layout.hpp"
#include "orchestrator/settings.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

/// The network that the settings describe, for data of this shape.
trainer::ModelShape model_shape(const Settings& settings, const data::SampleShape& shape);

/// Collective over the job. What --precision comes to: auto is bf16 if it is on every rank.
std::string agreed_precision(const Settings& settings,
                             const mpi::Comm& job,
                             const mpi::Deadline& deadline);

/// Collective over the job (ranks of a node are counted). What this rank's trainer works with.
trainer::TrainerSettings training_settings(const Settings& settings,
                                           const data::SampleShape& shape,
                                           const Layout& layout);

}  // namespace ltfb::orchestrator
