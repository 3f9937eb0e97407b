#include "experiments/bench/bench_set.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <unistd.h>

#include "core/file.hpp"
#include "core/stopwatch.hpp"
#include "data/dense_set.hpp"
#include "data/generate.hpp"
#include "data/output.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

namespace {

data::FactoredSet generate(const Options& options) {
    return data::generate({.samples = options.samples,
                           .cells = options.cells,
                           .drugs = options.drugs,
                           .cell_features = options.cell_features,
                           .drug_features = options.drug_features});
}

/// Writes the same samples with all their features, row by row.
void write_dense(const data::Hdf5File& file, const data::FactoredSet& set) {
    data::DenseIndex index;
    index.slices.at = {0,
                       set.cells.columns(),
                       set.cells.columns() + set.drugs.columns(),
                       set.cells.columns() + 2 * set.drugs.columns()};
    index.response = set.response;
    const std::size_t columns = index.slices.columns();
    const std::array extent{set.samples(), columns};
    const auto features =
        file.create_dataset("/dense/features", data::Hdf5Type::f32, std::span(extent));
    constexpr std::size_t block = 64;  // rows written at once
    std::vector<float> rows(block * columns);
    for (std::size_t begin = 0; begin < set.samples(); begin += block) {
        const std::size_t n = std::min(block, set.samples() - begin);
        float* out = rows.data();
        const auto append = [&](const data::FeatureTable& table, std::uint32_t row) {
            out = std::copy_n(&table.features[row * table.columns()], table.columns(), out);
        };
        for (std::size_t s = begin; s < begin + n; ++s) {
            append(set.cells, set.cell[s]);
            append(set.drugs, set.drug1[s]);
            append(set.drugs, set.drug2[s]);
            const std::span<const float> row(out - columns, columns);
            index.keys.push_back(data::key_of_row(row, index.slices));
        }
        features.write_rows(begin, std::span<const float>(rows).first(n * columns));
    }
    data::write_dense_index(file, index);
}

void write_set(const std::string& path, const Options& options) {
    const data::FactoredSet set = generate(options);
    data::Output output(path, data::Overwrite::yes);
    if (options.set == SetKind::dense) {
        write_dense(output.file(), set);
    } else {
        data::write_factored(output.file(), set);
    }
    output.keep();
}

}  // namespace

std::unique_ptr<data::Samples> open_set(const mpi::Comm& comm, const Options& options) {
    double ignored = 0.0;
    return open_set(comm, options, ignored);
}

std::unique_ptr<data::Samples> open_set(const mpi::Comm& comm,
                                        const Options& options,
                                        double& open_s) {
    std::optional<PartialFile> temporary;  // removed as soon as all ranks have it open
    std::string path = options.data;
    const mpi::Deadline patience{.what = "the set of the benchmark"};
    if (path.empty()) {
        if (comm.rank() == 0) {
            const auto folder = std::filesystem::temp_directory_path();
            temporary.emplace(folder / fmt::format("ltfb-bench-{}.h5", ::getpid()));
            path = temporary->partial_path();
            write_set(path, options);
        }
        path = mpi::broadcast(comm, std::move(path), 0, patience);
    }
    std::unique_ptr<data::Samples> samples;
    open_s = median_of(options.repeats, [&] {
        double seconds = 0.0;
        {
            const Stopwatch watch(seconds);
            samples = data::open_samples(path);
        }
        return seconds;
    });
    mpi::barrier(comm, patience);
    return samples;
}

}  // namespace ltfb::bench
