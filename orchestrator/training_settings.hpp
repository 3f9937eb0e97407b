#pragma once

#include "data/samples.hpp"
#include "orchestrator/layout.hpp"
#include "orchestrator/settings.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::orchestrator {

/// The network that the settings describe, for data of this shape.
trainer::ModelShape model_shape(const Settings& settings, const data::SampleShape& shape);

/// Replaces `auto` of --engine and --precision by what it comes to. Without a communicator all
/// hosts are taken to be as this one.
void settle_arithmetic(Settings& settings, bool has_hardware = trainer::has_matrix_hardware());
/// Collective over the job: as on the least of its processors.
void agree_on_arithmetic(Settings& settings, const mpi::Comm& job, const mpi::Deadline& deadline);

/// Collective over the job (ranks of a node are counted). What this rank's trainer works with.
trainer::TrainerSettings training_settings(const Settings& settings,
                                           const data::SampleShape& shape,
                                           const Layout& layout);

}  // namespace ltfb::orchestrator
