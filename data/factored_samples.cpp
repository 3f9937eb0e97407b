#include "data/factored_samples.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace ltfb::data {

namespace {

RowBlock whole(const FeatureTable& table) {
    return {.values = table.features.data(), .rows = table.rows(), .columns = table.columns()};
}

// Copies the rows to `out`, or borrows the whole table where there are none to copy.
RowBlock gather(const FeatureTable& table, std::span<const std::uint32_t> rows, float* out) {
    if (rows.empty()) { return whole(table); }
    const std::size_t columns = table.columns();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::copy_n(&table.features[rows[i] * columns], columns, out + i * columns);
    }
    return {.values = out, .rows = rows.size(), .columns = columns};
}

/// Which rows of a table a batch has: the copied ones, or all.
void write_ids(std::span<const std::uint32_t> copied,
               std::size_t rows,
               std::vector<std::uint32_t>& ids) {
    ids.assign(copied.begin(), copied.end());
    if (!ids.empty()) { return; }
    ids.resize(rows);
    std::iota(ids.begin(), ids.end(), 0U);
}

void standardise(std::vector<float>& doses, const DoseScale& scale) {
    for (float& dose : doses) { dose = static_cast<float>((dose - scale.mean) / scale.sd); }
}

}  // namespace

FactoredSamples::FactoredSamples(FactoredSet set)
    : set_(std::move(set)),
      shape_{.samples = set_.samples(),
             .cell_features = set_.cells.columns(),
             .drug_features = set_.drugs.columns(),
             .has_dose = set_.has_dose()},
      keys_(keys_of(set_)),
      digest_(content_digest(set_)),
      cell_rows_(set_.cells.rows()),
      drug_rows_(set_.drugs.rows()) {
    standardise(set_.dose1, set_.dose_scale);
    standardise(set_.dose2, set_.dose_scale);
}

void FactoredSamples::assemble(std::span<const std::uint32_t> samples, Batch& batch) {
    const auto pick = [&](const auto& from, auto& to) {
        if (from.empty()) { return to.clear(); }
        to.resize(samples.size());
        std::transform(samples.begin(), samples.end(), to.begin(), [&](std::uint32_t sample) {
            assert(sample < from.size());
            return from[sample];
        });
    };
    pick(set_.cell, batch.cell);
    pick(set_.drug1, batch.drug1);
    pick(set_.drug2, batch.drug2);
    pick(set_.dose1, batch.dose1);
    pick(set_.dose2, batch.dose2);
    pick(set_.response, batch.response);

    cell_rows_.clear();
    drug_rows_.clear();
    for (const std::uint32_t cell : batch.cell) { cell_rows_.mark(cell); }
    for (const std::uint32_t drug : batch.drug1) { drug_rows_.mark(drug); }
    for (const std::uint32_t drug : batch.drug2) { drug_rows_.mark(drug); }
    cell_rows_.number();
    drug_rows_.number();
    for (std::uint32_t& cell : batch.cell) { cell = cell_rows_.position(cell); }
    for (std::uint32_t& drug : batch.drug1) { drug = drug_rows_.position(drug); }
    for (std::uint32_t& drug : batch.drug2) { drug = drug_rows_.position(drug); }
    gather_rows(batch);
    write_ids(cell_rows_.copied(), batch.cells.rows, batch.cell_ids);
    write_ids(drug_rows_.copied(), batch.drugs.rows, batch.drug_ids);
}

void FactoredSamples::gather_rows(Batch& batch) const {
    const std::size_t cell_values = cell_rows_.copied().size() * shape_.cell_features;
    const std::size_t drug_values = drug_rows_.copied().size() * shape_.drug_features;
    if (batch.storage.size() < cell_values + drug_values) {
        // Room for the worst batch of this size, so that no later one allocates.
        batch.storage.resize(cell_rows_.most_copied(batch.size()) * shape_.cell_features +
                             drug_rows_.most_copied(2 * batch.size()) * shape_.drug_features);
    }
    batch.cells = gather(set_.cells, cell_rows_.copied(), batch.storage.data());
    batch.drugs = gather(set_.drugs, drug_rows_.copied(), batch.storage.data() + cell_values);
}

}  // namespace ltfb::data
