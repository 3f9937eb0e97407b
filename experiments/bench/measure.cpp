#include "experiments/bench/measure.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <utility>
#include <vector>

#include "data/factored_samples.hpp"
#include "data/generate.hpp"
#include "experiments/bench/work.hpp"
#include "trainer/trainer.hpp"

namespace ltfb::bench {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::uint32_t> all_samples(const Options& options) {
    std::vector<std::uint32_t> samples(options.samples);
    std::iota(samples.begin(), samples.end(), 0U);
    return samples;
}

data::FactoredSamples make_samples(const Options& options) {
    return data::FactoredSamples(data::generate({.samples = options.samples,
                                                 .cells = options.cells,
                                                 .drugs = options.drugs,
                                                 .cell_features = options.cell_features,
                                                 .drug_features = options.drug_features}));
}

trainer::TrainerSettings settings_of(const Options& options) {
    return {.shape = {.cell_features = options.cell_features,
                      .drug_features = options.drug_features,
                      .hidden = options.hidden},
            .engine = options.engine,
            .precision = trainer::parse_precision(options.precision, options.engine),
            .threads = options.threads,
            .schedule = {}};
}

trainer::Hyperparameters hyperparameters_of(const Options& options) {
    trainer::Hyperparameters hyperparameters;
    hyperparameters.set("dropout", options.dropout);
    hyperparameters.set("batch", options.batch);
    return hyperparameters;
}

void add_parameters(const Options& options, int ranks, Table& table) {
    table.add("engine", options.engine);
    table.add("precision",
              std::string(trainer::name_of(
                  trainer::parse_precision(options.precision, options.engine))));
    table.add("ranks", ranks);
    table.add("threads", options.threads);
    table.add("batch", options.batch);
    table.add("dropout", options.dropout);
    table.add("hidden", options.hidden);
    table.add("cells", options.cells);
    table.add("drugs", options.drugs);
    table.add("cell_features", options.cell_features);
    table.add("drug_features", options.drug_features);
    table.add("samples", options.samples);
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

}  // namespace

void measure_steps(mpi::Comm comm, const Options& options, Table& table) {
    data::FactoredSamples samples = make_samples(options);
    trainer::Trainer trainer(std::move(comm),
                             samples,
                             all_samples(options),
                             settings_of(options),
                             hyperparameters_of(options));
    trainer.train(static_cast<std::uint64_t>(options.warmup));
    constexpr std::size_t parts = 5;  // whole step, assemble, gradient, update, exchange
    std::array<std::vector<double>, parts> times_ms;
    for (int r = 0; r < options.repeats; ++r) {
        mpi::barrier(trainer.comm(), {.what = "the start of a timing"});
        const auto report = trainer.train(static_cast<std::uint64_t>(options.steps));
        const auto seconds = slowest<parts>(trainer.comm(),
                                            {report.seconds,
                                             report.assemble_s,
                                             report.gradient_s,
                                             report.update_s,
                                             report.exchange_s});
        for (std::size_t p = 0; p < parts; ++p) {
            times_ms.at(p).push_back(1e3 * seconds.at(p) / options.steps);
        }
    }
    std::array<double, parts> ms{};
    std::transform(times_ms.begin(), times_ms.end(), ms.begin(), median);
    const trainer::ModelLayout& layout = trainer.layout();
    add_parameters(options, trainer.comm().size(), table);
    table.add("samples_per_s", 1e3 * options.batch / ms[0]);
    table.add("step_ms", ms[0]);
    table.add("assemble_ms", ms[1]);
    table.add("gradient_ms", ms[2]);
    table.add("update_ms", ms[3]);
    table.add("exchange_ms", ms[4]);
    table.add("gradient_gflops", 1e-6 * step_flops(layout, options) / ms[2]);
    const double shards = trainer.comm().size();
    table.add("update_gbytes_s", 1e-6 * update_bytes(layout) / shards / ms[3]);
}

void measure_predictions(mpi::Comm comm, const Options& options, Table& table) {
    data::FactoredSamples samples = make_samples(options);
    const std::vector<std::uint32_t> indices = all_samples(options);
    trainer::Trainer trainer(
        std::move(comm), samples, indices, settings_of(options), hyperparameters_of(options));
    const double s = median_of(options.repeats, [&] {
        mpi::barrier(trainer.comm(), {.what = "the start of a timing"});
        const auto start = Clock::now();
        trainer.predict(trainer.weights(), indices);
        const std::array own{std::chrono::duration<double>(Clock::now() - start).count()};
        return slowest(trainer.comm(), own)[0];
    });
    add_parameters(options, trainer.comm().size(), table);
    table.add("samples_per_s", static_cast<double>(options.samples) / s);
    table.add("predict_s", s);
    table.add("gflops", 1e-9 * predict_flops(trainer.layout(), options) / s);
}

}  // namespace ltfb::bench
