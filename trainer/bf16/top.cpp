#include "trainer/bf16/top.hpp"

#include <algorithm>
#include <array>

#include "trainer/bf16_rounding.hpp"
#include "trainer/simd.hpp"

namespace ltfb::trainer::bf16 {

LTFB_MULTIVERSION
float dot(const Value* row, std::size_t depth, const float* weights) {
    constexpr std::size_t lanes = side;
    std::array<float, lanes> sums{};
    for (std::size_t t = 0; t < depth; ++t) {
        const Value* values = row + t * tile_values;
        for (std::size_t i = 0; i < lanes; ++i) {
            const float x = from_bf16(values[i]);
            sums[i] += x * weights[t * side + i];
        }
    }
    float sum = 0.0F;
    for (const float lane : sums) { sum += lane; }
    return sum;
}

Top::Top(const ModelLayout& layout, const PackedLayout& packed)
    : layout_(layout),
      layers_(packed.top),
      bias_(width()),
      outputs_(layers_.size()),
      gradients_(layers_.size()) {}

void Top::plan(StepMemory& memory) {
    const std::size_t blocks = memory.slice_blocks;
    const std::size_t all_blocks = memory.seats * blocks;
    const std::size_t first_tile = memory.seat * blocks;
    const std::size_t units = layers_.front().output_blocks;
    seat_ = memory.seat;
    seat_tiles_ = blocks;
    const auto active_words = [&](std::size_t columns) {
        return memory.own.take<std::uint32_t>(blocks * side * columns);
    };
    concat_ = {memory.own.take_panels(blocks, 3 * units),
               memory.group.take_panels(3 * units, all_blocks),
               first_tile,
               active_words(3 * units)};
    // What one layer reads, the layer after the next may overwrite.
    const Panels rows[2] = {memory.own.take_panels(blocks, units),
                            memory.own.take_panels(blocks, units)};
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        outputs_[l] = {rows[l % 2],
                       memory.group.take_panels(units, all_blocks),
                       first_tile,
                       active_words(units)};
        gradients_[l] = {rows[l % 2], memory.group.take_panels(units, all_blocks), first_tile};
    }
    prediction_gradients_ = memory.group.take<float>(all_blocks * side);
    if (layout_.shape.has_dose) {
        for (float*& doses : doses_) { doses = memory.group.take<float>(all_blocks * side); }
    }
    tiles_used_ = memory.group.take<std::uint32_t>(memory.seats);
}

void Top::set_batch(const data::Batch& batch) {
    rows_ = {batch.size(), 1};
    tiles_used_[seat_] = static_cast<std::uint32_t>(rows_.count());
    if (!layout_.shape.has_dose) { return; }
    const std::size_t first = seat_ * seat_tiles_ * side;
    const auto copy = [&](const std::vector<float>& from, float* to) {
        std::copy(from.begin(), from.end(), to + first);
        std::fill_n(to + first + from.size(), rows_.count() * side - from.size(), 0.0F);
    };
    copy(batch.dose1, doses_[0]);
    copy(batch.dose2, doses_[1]);
}

double Top::forward(const StepPass& pass, const data::Batch& batch, double loss_scale_samples) {
    for (std::size_t l = 0; l < layers_.size(); ++l) { forward_block(pass, l); }
    return predict(pass, batch, loss_scale_samples);
}

void Top::forward_block(const StepPass& pass, std::size_t l) {
    const LayerBlocks& layer = layers_[l];
    std::copy_n(&pass.weights[layer.layer.bias_at], layer.layer.outputs, bias_.begin());
    masks_.draw(pass.ops, pass.lots, {UnitGroup::top, l}, rows_.samples, layer.layer.outputs);
    multiply_blocks(pass.ops,
                    input(l).rows,
                    rows_.count(),
                    forward_panels(layer, pass.packed),
                    layer.output_blocks,
                    [&](std::size_t row, std::size_t column, float* block) {
                        if (layer.extra_inputs() > 0) { add_doses(pass, row, column, block); }
                        pass.ops.activate({.bias = &bias_[column * side],
                                           .keep = masks_.at(row * side, column),
                                           .active = outputs_[l].active(row, column),
                                           .scale = pass.lots.scale(),
                                           .rows = rows_.filled(row)},
                                          block);
                        outputs_[l].write(pass.ops, row, column, block);
                    });
}

void Top::add_doses(const StepPass& pass, std::size_t row, std::size_t column, float* block) const {
    const LayerBlocks& layer = layers_.front();
    const std::size_t outputs = layer.layer.outputs;
    const std::size_t first = (seat_ * seat_tiles_ + row) * side;
    for (std::size_t drug = 0; drug < layer.extra_inputs(); ++drug) {
        alignas(64) std::array<float, side> weights{};
        std::copy_n(&pass.weights[layer.extra_at() + drug * outputs + column * side],
                    std::min(side, outputs - column * side),
                    weights.begin());
        pass.ops.add_outer(doses_[drug] + first, weights.data(), block);
    }
}

double Top::predict(const StepPass& pass, const data::Batch& batch, double loss_scale_samples) {
    const Layer& output = layout_.top.back();
    std::copy_n(&pass.weights[output.weights_at], output.inputs, bias_.begin());
    const Panels& inputs = outputs_.back().rows;
    float* gradients = prediction_gradients_ + seat_ * seat_tiles_ * side;
#pragma omp parallel for
    for (std::size_t s = 0; s < batch.size(); ++s) {
        gradients[s] =
            pass.weights[output.bias_at] + dot(row_of(inputs, s), inputs.depth, bias_.data());
    }
    double squared_errors = 0.0;
    for (std::size_t s = 0; s < batch.size(); ++s) {
        const double error =
            static_cast<double>(gradients[s]) - static_cast<double>(batch.response[s]);
        squared_errors += error * error;
        gradients[s] = static_cast<float>(2.0 * error / loss_scale_samples);
    }
    std::fill_n(gradients + batch.size(), rows_.count() * side - batch.size(), 0.0F);
    return squared_errors;
}

void Top::deactivate(const StepPass& pass,
                     const Activation& output,
                     std::size_t row,
                     std::size_t column,
                     float* block) const {
    pass.ops.deactivate({.active = output.active(row, column),
                         .scale = pass.lots.scale(),
                         .rows = rows_.filled(row)},
                        block);
}

void Top::backward_to_first(const StepPass& pass) {
    const std::size_t last = layers_.size() - 1;
    const float* gradients = prediction_gradients_ + seat_ * seat_tiles_ * side;
    for_blocks(pass.ops,
               rows_.count(),
               layers_.front().output_blocks,
               [&](std::size_t row, std::size_t column, float* block) {
                   std::fill_n(block, block_values, 0.0F);
                   pass.ops.add_outer(gradients + row * side, &bias_[column * side], block);
                   deactivate(pass, outputs_[last], row, column, block);
                   gradients_[last].write(pass.ops, row, column, block);
               });
    for (std::size_t l = last; l > 0; --l) {
        multiply_blocks(pass.ops,
                        gradients_[l].rows,
                        rows_.count(),
                        backward_panels(layers_[l], pass.packed),
                        layers_[l].input_blocks(),
                        [&](std::size_t row, std::size_t column, float* block) {
                            deactivate(pass, outputs_[l - 1], row, column, block);
                            gradients_[l - 1].write(pass.ops, row, column, block);
                        });
    }
}

void Top::add_layer_gradients(std::vector<LayerGradient>& all) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        all.push_back(
            {&layers_[l], input(l).columns, gradients_[l].columns, tiles_used_, seat_tiles_});
    }
}

OutputGradient Top::output_gradient() const {
    return {&layout_.top.back(), outputs_.back().columns, prediction_gradients_};
}

}  // namespace ltfb::trainer::bf16
