#include "experiments/bench/measure.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "core/stopwatch.hpp"
#include "experiments/bench/bench_set.hpp"
#include "experiments/bench/ceilings.hpp"
#include "experiments/bench/memory_use.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::bench {

namespace {

const mpi::Deadline timing_start{.what = "the start of a timing"};

std::vector<std::uint32_t> first_samples(std::size_t n) {
    std::vector<std::uint32_t> samples(n);
    std::iota(samples.begin(), samples.end(), 0U);
    return samples;
}

/// One seat of one of the trainers, and its set.
struct Bench {
    Bench(const mpi::Comm& world_comm, const Options& bench_options);

    /// What a batch of so many samples has. Not while a trainer reads ahead: the set is in use.
    [[nodiscard]] BatchCounts counts(std::size_t samples_of_batch) const;

    const mpi::Comm& world;
    const Options& options;
    std::unique_ptr<data::Samples> samples;
    BatchCounts slice_counts;  // of a rank's slice of a minibatch
    std::unique_ptr<trainer::Trainer> trainer;
};

int trainer_of(const mpi::Comm& world, const Options& options) {
    if (world.size() % options.trainers != 0) {
        throw InputError(fmt::format(
            "--trainers {}: {} ranks cannot be shared out evenly", options.trainers, world.size()));
    }
    return world.rank() / (world.size() / options.trainers);
}

Bench::Bench(const mpi::Comm& world_comm, const Options& bench_options)
    : world(world_comm), options(bench_options), samples(open_set(world, options)) {
    const int index = trainer_of(world, options);
    const int ranks = world.size() / options.trainers;
    slice_counts = counts(static_cast<std::size_t>(options.batch / ranks));
    const data::SampleShape& shape = samples->shape();
    trainer::Hyperparameters hyperparameters;
    hyperparameters.set("dropout", options.dropout);
    hyperparameters.set("batch", options.batch);
    const trainer::TrainerSettings settings{
        .shape = {.cell_features = shape.cell_features,
                  .drug_features = shape.drug_features,
                  .has_dose = shape.has_dose,
                  .hidden = options.hidden},
        .engine = options.engine,
        .precision = trainer::parse_precision(options.precision, options.engine),
        .threads = options.threads,
        .schedule = {},
        .trainer = static_cast<std::uint32_t>(index),
        .sharing = options.sharing == Sharing::separate ? trainer::ArenaSharing::separate
                                                        : trainer::ArenaSharing::automatic,
        .gradient_exchange = trainer::parse_gradient_exchange(options.gradient_exchange),
        .read_ahead_mb = static_cast<std::size_t>(options.read_ahead_mb)};
    trainer = std::make_unique<trainer::Trainer>(world.split(index, world.rank()),
                                                 *samples,
                                                 first_samples(shape.samples),
                                                 settings,
                                                 hyperparameters);
}

BatchCounts Bench::counts(std::size_t samples_of_batch) const {
    const std::size_t n = std::min(samples_of_batch, samples->shape().samples);
    data::Batch batch;
    samples->assemble(first_samples(n), batch);
    return {.samples = n, .cells = batch.cells.rows, .drugs = batch.drugs.rows};
}

void add_parameters(const Bench& bench, Table& table) {
    const Options& options = bench.options;
    table.add("engine", std::string(trainer::engine_of(options.engine)));
    table.add(
        "precision",
        std::string(trainer::name_of(trainer::parse_precision(options.precision, options.engine))));
    table.add("trainers", options.trainers);
    table.add("ranks", bench.trainer->comm().size());
    table.add("sharing",
              std::string(options.sharing == Sharing::separate ? "separate" : "automatic"));
    table.add("gradient_exchange", options.gradient_exchange);
    table.add("read_ahead_mb", options.read_ahead_mb);
    table.add("threads", options.threads);
    table.add("batch", options.batch);
    table.add("dropout", options.dropout);
    table.add("hidden", options.hidden);
    table.add("set", std::string(options.set == SetKind::dense ? "dense" : "factored"));
    const data::SampleShape& shape = bench.samples->shape();
    table.add("samples", static_cast<std::uint64_t>(shape.samples));
    table.add("cell_features", static_cast<std::uint64_t>(shape.cell_features));
    table.add("drug_features", static_cast<std::uint64_t>(shape.drug_features));
    table.add("steps", options.steps);
    table.add("repeats", options.repeats);
}

/// The slowest rank's times.
template <std::size_t n>
std::array<double, n> slowest(const mpi::Comm& comm, const std::array<double, n>& seconds) {
    std::array<double, n> largest = seconds;
    mpi::check(
        MPI_Allreduce(
            MPI_IN_PLACE, largest.data(), static_cast<int>(n), MPI_DOUBLE, MPI_MAX, comm.get()),
        "MPI_Allreduce");
    return largest;
}

/// Milliseconds of a step on the slowest rank.
struct StepTimes {
    double step = 0.0;
    double assemble = 0.0;
    double gradient = 0.0;
    double update = 0.0;
    double exchange = 0.0;
};

StepTimes time_steps(const Bench& bench) {
    constexpr std::size_t parts = 5;
    std::array<std::vector<double>, parts> times_ms;
    const auto steps = static_cast<std::uint64_t>(bench.options.steps);
    bench.trainer->train(static_cast<std::uint64_t>(bench.options.warmup));
    for (int r = 0; r < bench.options.repeats; ++r) {
        mpi::barrier(bench.world, timing_start);
        const auto report = bench.trainer->train(steps);
        const auto seconds = slowest<parts>(bench.world,
                                            {report.seconds,
                                             report.assemble_s,
                                             report.gradient_s,
                                             report.update_s,
                                             report.exchange_s});
        for (std::size_t p = 0; p < parts; ++p) {
            times_ms.at(p).push_back(1e3 * seconds.at(p) / bench.options.steps);
        }
    }
    return {.step = median(times_ms[0]),
            .assemble = median(times_ms[1]),
            .gradient = median(times_ms[2]),
            .update = median(times_ms[3]),
            .exchange = median(times_ms[4])};
}

/// The parts of a step as rates, and as fractions of what this machine can do.
void add_rates(const Bench& bench, const StepTimes& ms, Table& table) {
    const trainer::ModelLayout& layout = bench.trainer->layout();
    const int ranks = bench.trainer->comm().size();
    const auto per_rank = [&](std::size_t n) { return n / static_cast<std::size_t>(ranks); };
    const StepShapes shapes(layout, bench.slice_counts);
    const Ceilings ceilings = measure_ceilings(bench.world,
                                               shapes,
                                               per_rank(layout.arena_size),
                                               bench.options.threads,
                                               bench.options.repeats);
    const auto precision = trainer::parse_precision(bench.options.precision, bench.options.engine);
    const bool is_bf16 = precision == trainer::Precision::bf16 && ceilings.gemm_bf16.all > 0.0;
    const bool has_tiles = ceilings.tile_gflops > 0.0 &&
                           (is_bf16 || trainer::engine_of(bench.options.engine) == "blocked");
    // In fp32 each product is made of six of parts.
    const double tiles = is_bf16 ? ceilings.tile_gflops : ceilings.tile_gflops / 6.0;
    const double peak = has_tiles ? tiles : ceilings.fma_gflops;
    const double gemm = is_bf16 ? ceilings.gemm_bf16.all : ceilings.gemm_fp32.all;
    // Where a weight gradient updates its weights at once, its time is part of the update's.
    const double matrix_ms = ms.gradient + (bench.trainer->shares_updates() ? ms.update : 0.0);
    const double gflops = 1e-6 * bench.world.size() * flops_of(shapes) / matrix_ms;
    const double gbytes_s = 1e-6 * bench.options.trainers * update_bytes(layout) / ms.update;
    table.add("gradient_gflops", gflops);
    table.add("peak_gflops", peak);
    table.add("gradient_of_peak", gflops / peak);
    table.add("gemm_gflops", gemm);
    table.add("gradient_of_gemm", gflops / gemm);
    table.add("update_gbytes_s", gbytes_s);
    table.add("memory_gbytes_s", ceilings.memory.update);
    table.add("update_of_memory", gbytes_s / ceilings.memory.update);
    table.add("read_gbytes_s", ceilings.memory.read);
    table.add("triad_gbytes_s", ceilings.memory.triad);
}

}  // namespace

void measure_steps(const mpi::Comm& world, const Options& options, Table& table) {
    const Bench bench(world, options);
    const StepTimes ms = time_steps(bench);
    const MemoryUse memory = memory_use();
    add_parameters(bench, table);
    table.add("samples_per_s", 1e3 * options.trainers * options.batch / ms.step);
    table.add("step_ms", ms.step);
    table.add("assemble_ms", ms.assemble);
    table.add("gradient_ms", ms.gradient);
    table.add("update_ms", ms.update);
    table.add("exchange_ms", ms.exchange);
    add_rates(bench, ms, table);
    const auto arena_mb = 1e-6 * static_cast<double>(bench.trainer->layout().arena_size) * 4.0;
    const double moments_mb = 2.0 * arena_mb / bench.trainer->comm().size();
    // Shared memory holds the weights and gradients of all ranks on this machine; where they update
    // weights together, also their moments.
    const double beside_shared_mb = bench.trainer->shares_updates() ? 0.0 : moments_mb;
    const double own_mb = memory.shared_mb > 0.0 ? beside_shared_mb : moments_mb + 2.0 * arena_mb;
    table.add("arena_mb", arena_mb);
    table.add("beyond_arenas_mb", memory.own_mb - own_mb);
}

void measure_predictions(const mpi::Comm& world, const Options& options, Table& table) {
    const Bench bench(world, options);
    const auto indices = first_samples(bench.samples->shape().samples);
    const double s = median_of(options.repeats, [&] {
        mpi::barrier(world, timing_start);
        double seconds = 0.0;
        {
            const Stopwatch watch(seconds);
            bench.trainer->predict(bench.trainer->weights(), indices);
        }
        return slowest<1>(world, {seconds})[0];
    });
    const auto scored = static_cast<double>(indices.size()) * options.trainers;
    const double flops = predict_flops(bench.trainer->layout(), bench.counts(indices.size()));
    add_parameters(bench, table);
    table.add("samples_per_s", scored / s);
    table.add("predict_s", s);
    table.add("gflops", 1e-9 * options.trainers * flops / s);
}

void measure_data(const mpi::Comm& comm, const Options& options, Table& table) {
    double open_s = 0.0;
    const auto samples = open_set(comm, options, open_s);
    const data::SampleShape& shape = samples->shape();
    const double resident_mb = memory_use().own_mb;
    data::SampleOrder order(first_samples(shape.samples), 1, 0);
    std::vector<std::uint32_t> indices(static_cast<std::size_t>(options.batch));
    data::Batch batch;
    std::uint64_t position = 0;
    const double batch_s = median_of(options.repeats, [&] {
        double seconds = 0.0;
        for (int step = 0; step < options.steps; ++step) {
            order.draw(position, indices);
            position += indices.size();
            const Stopwatch watch(seconds);
            samples->assemble(indices, batch);
        }
        return seconds / options.steps;
    });
    const auto rows =
        batch.cells.rows * batch.cells.columns + batch.drugs.rows * batch.drugs.columns;
    table.add("set", std::string(options.set == SetKind::dense ? "dense" : "factored"));
    table.add("samples", static_cast<std::uint64_t>(shape.samples));
    table.add("batch", options.batch);
    table.add("open_s", open_s);
    table.add("resident_mb", resident_mb);
    table.add("batch_ms", 1e3 * batch_s);
    table.add("samples_per_s", options.batch / batch_s);
    table.add("gbytes_s", 1e-9 * static_cast<double>(rows * sizeof(float)) / batch_s);
}

}  // namespace ltfb::bench
