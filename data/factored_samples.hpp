#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/factored_set.hpp"
#include "data/row_map.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// A factored set in memory. A batch points straight at a whole feature table where it uses at
/// least half of its rows; otherwise the rows it uses are copied, ascending by entity. Doses are
/// standardised here, once.
class FactoredSamples final : public Samples {
public:
    explicit FactoredSamples(FactoredSet set);

    [[nodiscard]] const SampleShape& shape() const noexcept override { return shape_; }
    [[nodiscard]] std::span<const SampleKey> keys() const noexcept override { return keys_; }
    [[nodiscard]] std::span<const float> responses() const noexcept override {
        return set_.response;
    }
    [[nodiscard]] std::uint64_t digest() const override { return digest_; }
    void assemble(std::span<const std::uint32_t> samples, Batch& batch) override;

private:
    void gather_rows(Batch& batch) const;

    FactoredSet set_;
    SampleShape shape_;
    std::vector<SampleKey> keys_;
    std::uint64_t digest_ = 0;
    RowMap cell_rows_;
    RowMap drug_rows_;
};

}  // namespace ltfb::data
