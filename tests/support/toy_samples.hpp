#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "core/rng.hpp"
#include "data/samples.hpp"

namespace ltfb::test {

enum class Rows { shared, own };

struct ToyShape {
    std::size_t samples = 64;
    std::size_t cells = 3;
    std::size_t drugs = 4;
    std::size_t cell_features = 5;
    std::size_t drug_features = 6;
    bool has_dose = false;
    Rows rows = Rows::shared;  // own: each sample brings feature rows of its own, as dense data
};

/// A small set in memory: random features and entities, responses a smooth function of them.
class ToySamples final : public data::Samples {
public:
    explicit ToySamples(const ToyShape& toy, std::uint64_t seed = 1) : toy_(toy) {
        shape_ = {toy.samples, toy.cell_features, toy.drug_features, toy.has_dose};
        Rng rng(seed, Stream::test);
        fill(cell_rows_, toy.cells * toy.cell_features, rng);
        fill(drug_rows_, toy.drugs * toy.drug_features, rng);
        for (std::size_t s = 0; s < toy.samples; ++s) {
            cell_.push_back(static_cast<std::uint32_t>(rng.below(toy.cells)));
            drug1_.push_back(static_cast<std::uint32_t>(rng.below(toy.drugs)));
            drug2_.push_back(static_cast<std::uint32_t>(rng.below(toy.drugs)));
            dose1_.push_back(static_cast<float>(rng.normal()));
            dose2_.push_back(static_cast<float>(rng.normal()));
            const float x = cell_rows_[cell_.back() * toy.cell_features];
            const float y = drug_rows_[drug1_.back() * toy.drug_features] +
                            drug_rows_[drug2_.back() * toy.drug_features];
            responses_.push_back(0.3F + 0.5F * x * y + 0.1F * x);
            keys_.push_back({s, cell_.back(), drug1_.back(), drug2_.back()});
        }
    }

    [[nodiscard]] const data::SampleShape& shape() const noexcept override { return shape_; }
    [[nodiscard]] std::span<const data::SampleKey> keys() const noexcept override { return keys_; }
    [[nodiscard]] std::span<const float> responses() const noexcept override { return responses_; }
    [[nodiscard]] std::uint64_t digest() const override { return 1; }

    void assemble(std::span<const std::uint32_t> samples, data::Batch& batch) override {
        pick(cell_, samples, batch.cell);
        pick(drug1_, samples, batch.drug1);
        pick(drug2_, samples, batch.drug2);
        pick(responses_, samples, batch.response);
        if (toy_.has_dose) {
            pick(dose1_, samples, batch.dose1);
            pick(dose2_, samples, batch.dose2);
        }
        batch.cells = {cell_rows_.data(), toy_.cells, toy_.cell_features};
        batch.drugs = {drug_rows_.data(), toy_.drugs, toy_.drug_features};
        batch.cell_ids.resize(toy_.cells);
        batch.drug_ids.resize(toy_.drugs);
        std::iota(batch.cell_ids.begin(), batch.cell_ids.end(), 0U);
        std::iota(batch.drug_ids.begin(), batch.drug_ids.end(), 0U);
        if (toy_.rows == Rows::own) { spread(batch); }
    }

private:
    static void fill(std::vector<float>& values, std::size_t size, Rng& rng) {
        for (std::size_t i = 0; i < size; ++i) {
            values.push_back(static_cast<float>(rng.normal()));
        }
    }
    template <class T>
    static void pick(const std::vector<T>& from,
                     std::span<const std::uint32_t> samples,
                     std::vector<T>& to) {
        to.clear();
        for (const std::uint32_t s : samples) { to.push_back(from[s]); }
    }
    /// Gives each sample one cell row and two drug rows.
    void spread(data::Batch& batch) const {
        const std::size_t b = batch.size();
        const std::size_t i = toy_.cell_features;
        const std::size_t j = toy_.drug_features;
        batch.storage.clear();
        batch.cell_ids = batch.cell;
        batch.drug_ids = batch.drug1;
        batch.drug_ids.insert(batch.drug_ids.end(), batch.drug2.begin(), batch.drug2.end());
        const auto append =
            [&](const std::vector<float>& rows, std::size_t row, std::size_t width) {
                const float* first = &rows[row * width];
                batch.storage.insert(batch.storage.end(), first, first + width);
            };
        for (std::size_t s = 0; s < b; ++s) { append(cell_rows_, batch.cell[s], i); }
        for (std::size_t s = 0; s < b; ++s) { append(drug_rows_, batch.drug1[s], j); }
        for (std::size_t s = 0; s < b; ++s) { append(drug_rows_, batch.drug2[s], j); }
        batch.cells = {batch.storage.data(), b, i};
        batch.drugs = {batch.storage.data() + b * i, 2 * b, j};
        for (std::size_t s = 0; s < b; ++s) {
            batch.cell[s] = static_cast<std::uint32_t>(s);
            batch.drug1[s] = static_cast<std::uint32_t>(s);
            batch.drug2[s] = static_cast<std::uint32_t>(b + s);
        }
    }

    ToyShape toy_;
    data::SampleShape shape_;
    std::vector<float> cell_rows_;
    std::vector<float> drug_rows_;
    std::vector<std::uint32_t> cell_;
    std::vector<std::uint32_t> drug1_;
    std::vector<std::uint32_t> drug2_;
    std::vector<float> dose1_;
    std::vector<float> dose2_;
    std::vector<float> responses_;
    std::vector<data::SampleKey> keys_;
};

}  // namespace ltfb::test
