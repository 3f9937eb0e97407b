#pragma once

#include <vector>

#include "data/dense_set.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// A dense set; the feature rows of a batch are read from the file, neighbouring ones together.
/// A batch has a cell row and two drug rows for each sample.
class DenseSamples final : public Samples {
public:
    explicit DenseSamples(Hdf5File file);

    [[nodiscard]] const SampleShape& shape() const noexcept override { return shape_; }
    [[nodiscard]] std::span<const SampleKey> keys() const noexcept override { return index_.keys; }
    [[nodiscard]] std::span<const float> responses() const noexcept override {
        return index_.response;
    }
    [[nodiscard]] std::uint64_t digest() const override { return content_digest(index_); }
    /// Throws InputError where a row in the file is not finite, or not what its keys say.
    void assemble(std::span<const std::uint32_t> samples, Batch& batch) override;

private:
    void read_run(std::span<const std::uint32_t> run, float* cells, float* drugs);

    Hdf5File file_;
    DenseIndex index_;
    SampleShape shape_;
    Hdf5Dataset features_;
    std::vector<float> rows_;  // scratch of one run
};

}  // namespace ltfb::data
