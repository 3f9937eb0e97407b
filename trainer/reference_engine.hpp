#pragma once

#include <vector>

#include "trainer/engine.hpp"

namespace ltfb::trainer {

/// The oracle for all other engines: plain loops over samples, sums in double, no shortcut. In bf16
/// the factors of the blocks' products are rounded; the output layer's and the doses are not.
class ReferenceEngine final : public Engine {
public:
    explicit ReferenceEngine(const ModelShape& shape, Precision precision = Precision::fp32);

    [[nodiscard]] const ModelLayout& layout() const noexcept override { return layout_; }
    double gradient(std::span<const float> weights,
                    const data::Batch& batch,
                    const DropoutRule& dropout,
                    double loss_scale_samples,
                    std::span<float> gradient,
                    const GradientReady& ready = {}) override;
    void predict(std::span<const float> weights,
                 const data::Batch& batch,
                 std::span<float> out) override;

private:
    ModelLayout layout_;
    Precision precision_;
    std::vector<double> sums_;  // gradient of the batch [arena]
};

}  // namespace ltfb::trainer
