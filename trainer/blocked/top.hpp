#pragma once

#include <vector>

#include "trainer/blocked/track.hpp"

namespace ltfb::trainer::blocked {

/// The output layer, in floats from the last block's activations.
struct OutputGradient {
    const Layer* layer = nullptr;
    Panels inputs;                     // left [inputs x positions]
    const float* gradients = nullptr;  // with respect to predictions [positions], filling is 0
    std::size_t tiles = 0;             // of positions
};

/// The blocks after the concatenation and the output layer, for one batch, forward and back. As in
/// a track, work comes in items that any worker may do.
class Top {
public:
    /// Both must outlive it.
    Top(const ModelLayout& layout, const PackedLayout& packed);

    void plan(StepMemory& memory);

    [[nodiscard]] std::size_t layers() const { return layers_.size(); }
    /// What the tracks write into.
    [[nodiscard]] const Activation& concat() const noexcept { return concat_; }

    /// On one thread of each seat; `batch` must outlive the step.
    void set_batch(const StepPass& pass, const GroupBatch& batch, std::size_t workers);
    /// Masks that the layers find in the words of their outputs.
    void add_keep_bits(const StepPass& pass, std::vector<KeepBits>& all) const;

    [[nodiscard]] std::size_t forward_items(std::size_t l) const { return shares(l).items(); }
    void forward(const StepPass& pass, std::size_t l, std::size_t item, std::size_t next) const;

    /// Predictions of a block of samples, of which there are `prediction_items`, and the gradient
    /// of the last layer, of sum of squared errors / `loss_scale_samples`.
    [[nodiscard]] std::size_t prediction_items() const { return rows_.count(); }
    void predict(const StepPass& pass, std::size_t row, double loss_scale_samples) const;
    /// Of the samples at positions from `begin` to `end`.
    [[nodiscard]] double squared_errors(std::size_t begin, std::size_t end) const;

    [[nodiscard]] std::size_t backward_items(std::size_t l) const {
        return backward_shares(l).items();
    }
    /// The gradient of layer l before ReLU from that of layer l + 1.
    void backward(const StepPass& pass, std::size_t l, std::size_t item, std::size_t next) const;
    /// Where the tracks' gradients come from.
    [[nodiscard]] Track::Above first() const {
        return {gradients_.front(), layers_.front(), concat_};
    }

    void add_layer_gradients(std::vector<LayerGradient>& all) const;
    [[nodiscard]] OutputGradient output_gradient() const;

private:
    [[nodiscard]] std::size_t width() const { return layers_.front().output_blocks * side; }
    [[nodiscard]] const Activation& input(std::size_t l) const {
        return l == 0 ? concat_ : outputs_[l - 1];
    }
    [[nodiscard]] Shares shares(std::size_t l) const {
        return {input(l).rows, rows_.count(), layers_[l].output_blocks, workers_};
    }
    [[nodiscard]] Shares backward_shares(std::size_t l) const {
        return {gradients_[l + 1].rows, rows_.count(), layers_[l + 1].input_blocks(), workers_};
    }
    void add_doses(const StepPass& pass, std::size_t row, std::size_t column, float* block) const;
    void deactivate(const StepPass& pass,
                    std::size_t l,
                    std::size_t row,
                    std::size_t column,
                    float* block) const;

    const ModelLayout& layout_;
    const std::vector<LayerBlocks>& layers_;

    // Of the batch at hand.
    const GroupBatch* batch_ = nullptr;
    std::size_t workers_ = 1;
    RowBlocks rows_;
    std::vector<float> output_weights_;  // [width]

    // Planned memory.
    Activation concat_;
    std::vector<Activation> outputs_;
    std::vector<Gradient> gradients_;
    float* prediction_gradients_ = nullptr;  // [positions]
    double* squared_errors_ = nullptr;       // [positions]
};

/// Row r of a left operand.
inline const std::byte* row_of(const Panels& left, std::size_t r) {
    return left.at(r / panel_width, 0) + r % panel_width * side * left.value_bytes;
}

}  // namespace ltfb::trainer::blocked
