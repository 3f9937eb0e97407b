#include "data/dense_samples.hpp"

#include <cassert>
#include <utility>

namespace ltfb::data {

DenseSamples::DenseSamples(Hdf5File file)
    : file_(std::move(file)),
      index_(read_dense_index(file_)),
      shape_(index_.shape()),
      rows_(file_, index_) {}

void DenseSamples::assemble(std::span<const std::uint32_t> samples, Batch& batch) {
    assemble_all(samples, std::span(&batch, 1));
}

void DenseSamples::assemble_all(std::span<const std::uint32_t> samples, std::span<Batch> batches) {
    const std::size_t size = batches.empty() ? 0 : samples.size() / batches.size();
    wanted_.clear();
    for (Batch& batch : batches) {
        prepare(samples.first(size), batch);
        samples = samples.subspan(size);
    }
    rows_.read(wanted_);
}

// A row is [cell | drug 1 | drug 2]: the two drug rows lie as they are wanted.
void DenseSamples::prepare(std::span<const std::uint32_t> samples, Batch& batch) {
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
        wanted_.push_back({.row = samples[i],
                           .cell = cells + i * shape_.cell_features,
                           .drugs = drugs + std::size_t{2} * i * shape_.drug_features});
    }
    batch.cells = {.values = cells, .rows = size, .columns = shape_.cell_features};
    batch.drugs = {.values = drugs, .rows = 2 * size, .columns = shape_.drug_features};
}

}  // namespace ltfb::data
