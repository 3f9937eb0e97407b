#include "trainer/onednn_masked_block.hpp"

#include <utility>

namespace ltfb::trainer {

OnednnMaskedBlock::OnednnMaskedBlock(Layer layer)
    : layer_(std::move(layer)), zero_bias_(layer_.outputs) {}

void OnednnMaskedBlock::forward(const TrackPass& pass,
                                const EntityInput& input,
                                std::span<const UnitGroup> groups,
                                float* z) {
    const std::size_t hidden = layer_.inputs;
    const float* weights = pass.weights + layer_.weights_at;
    const RowsIn active{input.active, hidden, input.entity.data()};
    dropped_.clear({input.entity.size(), hidden});
    const std::size_t b = input.entity.size() / groups.size();
    for (std::size_t g = 0; g < groups.size(); ++g) {
        find_dropped({groups[g], g * b, b}, 0, hidden, active, pass.lots, dropped_);
    }
    float* product = product_.reserve(input.entities * hidden);
    pass.workspace.dense.forward(
        {input.entities, hidden, hidden}, input.active, weights, zero_bias_.data(), product);
    subtract_product(dropped_,
                     hidden,
                     {product, hidden, input.entity.data()},
                     {weights, hidden},
                     {pass.lots.scale(), pass.weights + layer_.bias_at},
                     {z, hidden});
}

void OnednnMaskedBlock::backward(const TrackPass& pass,
                                 const EntityInput& input,
                                 const float* dz,
                                 float* gradient,
                                 float* entity_gradient) {
    const std::size_t hidden = layer_.inputs;
    const DenseShape shape{input.entities, hidden, hidden};
    const float* weights = pass.weights + layer_.weights_at;
    const float scale = pass.lots.scale();
    float* summed = summed_gradient_.reserve(input.entities * hidden);
    sum_by_entity(input.rows_of, hidden, {dz, hidden}, {summed, hidden});

    float* weight_gradient = gradient + layer_.weights_at;
    pass.workspace.dense.weight_gradient(
        shape, input.active, summed, weight_gradient, gradient + layer_.bias_at);
    by_unit_.assign_transpose(dropped_, hidden);
    subtract_product(by_unit_,
                     hidden,
                     {weight_gradient, hidden},
                     {dz, hidden},
                     {scale},
                     {weight_gradient, hidden});

    pass.workspace.dense.input_gradient(shape, summed, weights, entity_gradient);
    sample_products(dropped_, hidden, {dz, hidden}, {weights, hidden});
    subtract_by_entity(input.rows_of, dropped_, {entity_gradient, hidden});
    undo_relu_and_drop({input.entities, hidden},
                       {entity_gradient, hidden},
                       {input.active, hidden},
                       scale,
                       {entity_gradient, hidden});
}

}  // namespace ltfb::trainer
