#pragma once

#include <vector>

#include "trainer/bf16/track.hpp"

namespace ltfb::trainer::bf16 {

/// The output layer, in fp32 from the last block's activations.
struct OutputGradient {
    const Layer* layer = nullptr;
    Panels inputs;                     // left [inputs x positions]
    const float* gradients = nullptr;  // with respect to predictions [positions], filling is 0
};

/// The blocks after the concatenation and the output layer, for one batch, forward and back.
class Top {
public:
    /// Both must outlive it.
    Top(const ModelLayout& layout, const PackedLayout& packed);

    void plan(StepMemory& memory);

    /// What the tracks write into.
    [[nodiscard]] const Activation& concat() const noexcept { return concat_; }
    void set_batch(const data::Batch& batch);
    /// Predictions and the sum of squared errors; the gradient of sum of squared errors /
    /// `loss_scale_samples` is what `backward` starts from.
    double forward(const StepPass& pass, const data::Batch& batch, double loss_scale_samples);

    /// Calls take(row, column, block) for each block of the gradient of the concatenation before
    /// ReLU, from several threads.
    template <class Take>
    void backward(const StepPass& pass, const Take& take) {
        backward_to_first(pass);
        multiply_blocks(pass.ops,
                        gradients_.front().rows,
                        rows_.count(),
                        backward_panels(layers_.front(), pass.packed),
                        layers_.front().input_blocks(),
                        [&](std::size_t row, std::size_t column, float* block) {
                            deactivate(pass, concat_, row, column, block);
                            take(row, column, block);
                        });
    }

    void add_layer_gradients(std::vector<LayerGradient>& all) const;
    [[nodiscard]] OutputGradient output_gradient() const;
    /// Of drug 1 and drug 2, standardised [positions of all seats], filling is 0; null: none.
    [[nodiscard]] const float* doses(std::size_t drug) const { return doses_[drug]; }

private:
    [[nodiscard]] std::size_t width() const { return layers_.front().output_blocks * side; }
    [[nodiscard]] const Activation& input(std::size_t l) const {
        return l == 0 ? concat_ : outputs_[l - 1];
    }
    void forward_block(const StepPass& pass, std::size_t l);
    void add_doses(const StepPass& pass, std::size_t row, std::size_t column, float* block) const;
    double predict(const StepPass& pass, const data::Batch& batch, double loss_scale_samples);
    void backward_to_first(const StepPass& pass);
    void deactivate(const StepPass& pass,
                    const Activation& output,
                    std::size_t row,
                    std::size_t column,
                    float* block) const;

    const ModelLayout& layout_;
    const std::vector<LayerBlocks>& layers_;
    RowBlocks rows_;
    KeepMasks masks_;          // of the layer at hand
    std::vector<float> bias_;  // of the same, or the weights of the output layer [width]
    std::size_t seat_ = 0;
    std::size_t seat_tiles_ = 0;

    // Planned memory.
    Activation concat_;
    std::vector<Activation> outputs_;
    std::vector<Gradient> gradients_;
    float* prediction_gradients_ = nullptr;  // [positions of all seats]
    float* doses_[2] = {nullptr, nullptr};
    std::uint32_t* tiles_used_ = nullptr;
};

/// Sum of a row of a left operand times `weights` [32 depth]. `row` is its part of the first tile.
float dot(const Value* row, std::size_t depth, const float* weights);
/// Row r of a left operand.
inline const Value* row_of(const Panels& left, std::size_t r) {
    return left.at(r / panel_width, 0) + r % panel_width * side;
}

}  // namespace ltfb::trainer::bf16
