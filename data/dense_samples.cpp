#include "data/dense_samples.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "data/check_values.hpp"

namespace ltfb::data {

namespace {
constexpr std::size_t longest_run = 64;  // rows read at once
}

DenseSamples::DenseSamples(Hdf5File file)
    : file_(std::move(file)),
      index_(read_dense_index(file_)),
      shape_(index_.shape()),
      features_(open_dense_features(file_, index_)),
      rows_(longest_run * index_.slices.columns()) {}

void DenseSamples::assemble(std::span<const std::uint32_t> samples, Batch& batch) {
    const std::size_t size = samples.size();
    batch.cell.resize(size);
    batch.drug1.resize(size);
    batch.drug2.resize(size);
    batch.response.resize(size);
    batch.cell_ids.assign(samples.begin(), samples.end());
    batch.drug_ids.resize(2 * size);
    batch.dose1.clear();
    batch.dose2.clear();
    const std::size_t cell_values = size * shape_.cell_features;
    const std::size_t values = cell_values + 2 * size * shape_.drug_features;
    if (batch.storage.size() < values) { batch.storage.resize(values); }
    float* const cells = batch.storage.data();
    float* const drugs = cells + cell_values;

    for (std::uint32_t i = 0; i < size; ++i) {
        assert(samples[i] < shape_.samples);
        batch.cell[i] = i;
        batch.drug1[i] = 2 * i;
        batch.drug2[i] = 2 * i + 1;
        batch.drug_ids[2 * i] = 2 * samples[i];
        batch.drug_ids[2 * i + 1] = 2 * samples[i] + 1;
        batch.response[i] = index_.response[samples[i]];
    }
    for (std::size_t begin = 0, end = 0; begin < size; begin = end) {
        for (end = begin + 1;
             end < size && end - begin < longest_run && samples[end] == samples[end - 1] + 1;) {
            ++end;
        }
        read_run(samples.subspan(begin, end - begin),
                 cells + begin * shape_.cell_features,
                 drugs + 2 * begin * shape_.drug_features);
    }
    batch.cells = {.values = cells, .rows = size, .columns = shape_.cell_features};
    batch.drugs = {.values = drugs, .rows = 2 * size, .columns = shape_.drug_features};
}

// A row is [cell | drug 1 | drug 2]: the two drug rows lie as they are wanted.
void DenseSamples::read_run(std::span<const std::uint32_t> run, float* cells, float* drugs) {
    const std::size_t columns = index_.slices.columns();
    const std::span<float> rows = std::span(rows_).first(run.size() * columns);
    features_.read_rows(run.front(), rows);
    const std::string place = file_.path() + ": /dense/features";
    if (index_.content_digest.empty()) {  // another program's keys need not be digests of rows
        require_finite(rows, place, columns, run.front());
    } else {
        require_rows(rows, run.front(), index_, place);
    }
    for (std::size_t r = 0; r < run.size(); ++r) {
        const float* const row = &rows[r * columns];
        const float* const drug_part = row + shape_.cell_features;
        cells = std::copy(row, drug_part, cells);
        drugs = std::copy_n(drug_part, 2 * shape_.drug_features, drugs);
    }
}

}  // namespace ltfb::data
