#include "trainer/blocked/top.hpp"

#include <algorithm>
#include <array>

namespace ltfb::trainer::blocked {

Top::Top(const ModelLayout& layout, const PackedLayout& packed)
    : layout_(layout),
      layers_(packed.top),
      output_weights_(width()),
      outputs_(layers_.size()),
      gradients_(layers_.size()) {}

void Top::plan(StepMemory& memory) {
    MemoryPlan& plan = memory.memory;
    const std::size_t blocks = memory.blocks();
    const std::size_t units = layers_.front().output_blocks;
    const auto take_activation = [&](const Panels& rows) {
        return Activation{rows,
                          plan.take_panels(rows.depth, blocks),
                          plan.take<std::uint32_t>(blocks * side * rows.depth)};
    };
    concat_ = take_activation(plan.take_panels(blocks, 3 * units));
    // What one layer reads, the layer after the next may overwrite.
    const Panels rows[2] = {plan.take_panels(blocks, units), plan.take_panels(blocks, units)};
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        outputs_[l] = take_activation(rows[l % 2]);
        gradients_[l] = {rows[l % 2], plan.take_panels(units, blocks)};
    }
    prediction_gradients_ = plan.take<float>(blocks * side);
    squared_errors_ = plan.take<double>(blocks * side);
}

void Top::set_batch(const StepPass& pass, const GroupBatch& batch, std::size_t workers) {
    batch_ = &batch;
    workers_ = workers;
    rows_ = {batch.size(), 1};
    const Layer& output = layout_.top.back();
    std::copy_n(&pass.weights[output.weights_at], output.inputs, output_weights_.begin());
}

void Top::add_keep_bits(const StepPass& pass, std::vector<KeepBits>& all) const {
    if (pass.lots.is_off()) { return; }
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        all.push_back({{UnitGroup::top, l},
                       rows_.samples,
                       layers_[l].layer.outputs,
                       outputs_[l].active(0, 0)});
    }
}

void Top::forward(const StepPass& pass, std::size_t l, std::size_t item, std::size_t next) const {
    const LayerBlocks& layer = layers_[l];
    const Shares shares = this->shares(l);
    const std::size_t column = shares.column(item);
    const BlockBias bias(pass.weights, layer.layer.bias_at, layer.layer.outputs, column);
    alignas(64) std::array<float, block_values> one;
    multiply_column(pass.ops,
                    {.left = input(l).rows,
                     .first_row = shares.first_row(item),
                     .rows = shares.rows(item),
                     .right = forward_panels(layer, pass.packed),
                     .column = column,
                     .next = shares.column(next),
                     .columns = layer.output_blocks},
                    one.data(),
                    0,
                    [&](std::size_t row, float* block) {
                        if (layer.extra_inputs() > 0) { add_doses(pass, row, column, block); }
                        Activate activate{.bias = bias.values.data(),
                                          .active = outputs_[l].active(row, column),
                                          .scale = pass.lots.scale(),
                                          .rows = rows_.filled(row)};
                        if (!pass.lots.is_off()) { activate.keep = activate.active; }
                        pass.ops.activate(activate, block);
                        outputs_[l].write(pass.ops, row, column, block);
                    });
}

void Top::add_doses(const StepPass& pass, std::size_t row, std::size_t column, float* block) const {
    const LayerBlocks& layer = layers_.front();
    const std::size_t outputs = layer.layer.outputs;
    for (std::size_t drug = 0; drug < layer.extra_inputs(); ++drug) {
        const BlockBias weights(pass.weights, layer.extra_at() + drug * outputs, outputs, column);
        pass.ops.add_outer(&batch_->doses(drug)[row * side], weights.values.data(), block);
    }
}

void Top::predict(const StepPass& pass, std::size_t row, double loss_scale_samples) const {
    const float bias = pass.weights[layout_.top.back().bias_at];
    const Activation& input = outputs_.back();
    float* gradients = prediction_gradients_ + row * side;
    std::fill_n(gradients, side, 0.0F);
    for (std::size_t r = 0; r < rows_.filled(row); ++r) {
        const std::size_t s = row * side + r;
        const float prediction =
            bias + pass.ops.dot(row_of(input.rows, s), input.rows.depth, output_weights_.data());
        const double error =
            static_cast<double>(prediction) - static_cast<double>(batch_->responses()[s]);
        squared_errors_[s] = error * error;
        gradients[r] = static_cast<float>(2.0 * error / loss_scale_samples);
    }
    // These samples' activations, in the same place, aren't needed any more.
    alignas(64) std::array<float, block_values> block;
    for (std::size_t column = 0; column < layers_.back().output_blocks; ++column) {
        block.fill(0.0F);
        pass.ops.add_outer(gradients, &output_weights_[column * side], block.data());
        deactivate(pass, layers_.size() - 1, row, column, block.data());
        gradients_.back().write(pass.ops, row, column, block.data());
    }
}

double Top::squared_errors(std::size_t begin, std::size_t end) const {
    double sum = 0.0;
    for (std::size_t s = begin; s < end; ++s) { sum += squared_errors_[s]; }
    return sum;
}

/// Of what layer l put out.
void Top::deactivate(
    const StepPass& pass, std::size_t l, std::size_t row, std::size_t column, float* block) const {
    pass.ops.deactivate({.active = outputs_[l].active(row, column),
                         .scale = pass.lots.scale(),
                         .rows = rows_.filled(row)},
                        block);
}

void Top::backward(const StepPass& pass, std::size_t l, std::size_t item, std::size_t next) const {
    const Shares shares = backward_shares(l);
    const std::size_t column = shares.column(item);
    alignas(64) std::array<float, block_values> one;
    multiply_column(pass.ops,
                    {.left = gradients_[l + 1].rows,
                     .first_row = shares.first_row(item),
                     .rows = shares.rows(item),
                     .right = backward_panels(layers_[l + 1], pass.packed),
                     .column = column,
                     .next = shares.column(next),
                     .columns = layers_[l + 1].input_blocks()},
                    one.data(),
                    0,
                    [&](std::size_t row, float* block) {
                        deactivate(pass, l, row, column, block);
                        gradients_[l].write(pass.ops, row, column, block);
                    });
}

void Top::add_layer_gradients(std::vector<LayerGradient>& all) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        all.push_back({&layers_[l], input(l).columns, gradients_[l].columns, rows_.count()});
    }
}

OutputGradient Top::output_gradient() const {
    return {&layout_.top.back(), outputs_.back().columns, prediction_gradients_, rows_.count()};
}

}  // namespace ltfb::trainer::blocked
