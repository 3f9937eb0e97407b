#include "orchestrator/training_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <thread>

namespace ltfb::orchestrator {

namespace {

/// Of all trainers' jobs, which don't see each other: ranks are taken to be spread evenly over the
/// allocation's nodes.
int ranks_per_node(const Layout& layout) {
    const char* const told = std::getenv("SLURM_JOB_NUM_NODES");
    const int nodes = std::max(1, told == nullptr ? 1 : std::atoi(told));
    const auto& sizes = layout.ranks_per_trainer;
    return (std::accumulate(sizes.begin(), sizes.end(), 0) + nodes - 1) / nodes;
}

int threads_of_rank(const Settings& settings, const Layout& layout) {
    if (settings.threads > 0) { return settings.threads; }
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    if (!layout.is_whole_run) { return std::max(1, cores / ranks_per_node(layout)); }
    return std::max(1, cores / layout.world.split_by_node().size());
}

trainer::LrSchedule schedule_of(const Settings& settings) {
    const std::uint64_t all_steps =
        static_cast<std::uint64_t>(settings.rounds) * settings.steps_per_round;
    return {.kind = trainer::parse_schedule_kind(settings.schedule),
            .total_steps = settings.schedule_steps > 0 ? settings.schedule_steps : all_steps};
}

}  // namespace

trainer::ModelShape model_shape(const Settings& settings, const data::SampleShape& shape) {
    return {.cell_features = shape.cell_features,
            .drug_features = shape.drug_features,
            .has_dose = shape.has_dose,
            .hidden = static_cast<std::size_t>(settings.hidden),
            .track_layers = static_cast<std::size_t>(settings.track_layers),
            .top_layers = static_cast<std::size_t>(settings.top_layers)};
}

void settle_arithmetic(Settings& settings, bool has_hardware) {
    settings.engine = trainer::engine_of(settings.engine, has_hardware);
    settings.precision = trainer::name_of(
        trainer::parse_precision(settings.precision, settings.engine, has_hardware));
}

void agree_on_arithmetic(Settings& settings, const mpi::Comm& job, const mpi::Deadline& deadline) {
    const int lacks_hardware = trainer::has_matrix_hardware() ? 0 : 1;
    settle_arithmetic(settings, mpi::max(job, lacks_hardware, deadline) == 0);
}

trainer::TrainerSettings training_settings(const Settings& settings,
                                           const data::SampleShape& shape,
                                           const Layout& layout) {
    return {.shape = model_shape(settings, shape),
            .engine = settings.engine,
            .precision = trainer::parse_precision(settings.precision, settings.engine),
            .threads = threads_of_rank(settings, layout),
            .dropout_scope = settings.dropout_scope == "entity" ? trainer::DropoutScope::entity
                                                                : trainer::DropoutScope::sample,
            .optimizer = settings.optimizer == "sgd" ? trainer::OptimizerKind::sgd
                                                     : trainer::OptimizerKind::adam,
            .schedule = schedule_of(settings),
            .seed = settings.seed,
            .trainer = static_cast<std::uint32_t>(layout.trainer),
            .deadline_s = settings.deadline_s,
            .gradient_exchange = trainer::parse_gradient_exchange(settings.gradient_exchange),
            .read_ahead_mb = static_cast<std::size_t>(settings.read_ahead_mb)};
}

}  // namespace ltfb::orchestrator
