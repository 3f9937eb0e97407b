#pragma once

#include <vector>

#include "trainer/engine.hpp"
#include "trainer/onednn_evaluation.hpp"
#include "trainer/onednn_track.hpp"
#include "trainer/onednn_workspace.hpp"

namespace ltfb::trainer {

/// fp32 on the processor: matrix products by oneDNN, everything between them in fused loops.
class OnednnEngine final : public Engine {
public:
    OnednnEngine(const ModelShape& shape, int threads);

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
    [[nodiscard]] std::size_t concat_width() const { return layout_.top.front().inputs; }
    void forward_top(std::size_t b, const float* weights, const DropoutLots& lots);
    /// Turns predictions into gradients of the loss with respect to them; returns the sum of
    /// squared errors.
    double prediction_gradients(const data::Batch& batch, double loss_scale_samples);
    void backward_top(std::size_t b,
                      const float* weights,
                      const DropoutLots& lots,
                      float* gradient,
                      const LayerReady& ready);

    ModelLayout layout_;
    int threads_;
    OnednnWorkspace workspace_;
    OnednnTrack cell_track_;
    OnednnTrack drug_track_;
    OnednnEvaluation evaluation_;
    Scratch concat_;                // [b x C]
    Scratch concat_gradient_;       // [b x C]
    std::vector<Scratch> outputs_;  // of the top blocks [b x H]
    Scratch prediction_;            // [b], then its gradient
};

}  // namespace ltfb::trainer
