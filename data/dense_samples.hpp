#pragma once

#include <vector>

#include "data/dense_rows.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// A dense set; the feature rows of batches are read from the file. A batch has a cell row and two
/// drug rows for each sample.
class DenseSamples final : public Samples {
public:
    explicit DenseSamples(Hdf5File file);

    [[nodiscard]] const SampleShape& shape() const noexcept override { return shape_; }
    [[nodiscard]] std::span<const SampleKey> keys() const noexcept override { return index_.keys; }
    [[nodiscard]] std::span<const float> responses() const noexcept override {
        return index_.response;
    }
    [[nodiscard]] std::uint64_t digest() const override { return content_digest(index_); }
    [[nodiscard]] bool is_thread_safe() const noexcept override { return rows_.is_thread_safe(); }
    /// Throws InputError where a row in the file is not finite, or not what its keys say.
    void assemble(std::span<const std::uint32_t> samples, Batch& batch) override;
    void assemble_all(std::span<const std::uint32_t> samples, std::span<Batch> batches) override;

private:
    /// Everything but the feature rows, which are added to `wanted_`.
    void prepare(std::span<const std::uint32_t> samples, Batch& batch);

    Hdf5File file_;
    DenseIndex index_;
    SampleShape shape_;
    DenseRows rows_;
    std::vector<DenseRows::Wanted> wanted_;
};

}  // namespace ltfb::data
