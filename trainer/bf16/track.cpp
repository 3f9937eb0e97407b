#include "trainer/bf16/track.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ltfb::trainer::bf16 {

Track::Track(const std::vector<LayerBlocks>& layers,
             std::vector<UnitGroup> groups,
             std::size_t first_part)
    : layers_(layers),
      groups_(std::move(groups)),
      first_part_(first_part),
      masks_(groups_.size()),
      bias_(width()),
      no_bias_(width()),
      outputs_(layers.size() - 1),
      gradients_(layers.size()),
      tiles_used_(layers.size()) {}

void Track::plan(StepMemory& memory) {
    const std::size_t blocks = groups_.size() * memory.slice_blocks;  // of positions of a seat
    const std::size_t all_blocks = memory.seats * blocks;
    const std::size_t first_tile = memory.seat * blocks;
    const std::size_t units = layers_[0].output_blocks;
    const std::size_t inputs = layers_[0].input_blocks();
    seat_ = memory.seat;
    seat_tiles_ = blocks;
    features_ = {memory.own.take_panels(blocks, inputs),
                 memory.group.take_panels(inputs, all_blocks),
                 first_tile};
    // What one layer reads, the layer after the next may overwrite.
    const Panels rows[2] = {memory.own.take_panels(blocks, units),
                            memory.own.take_panels(blocks, units)};
    for (std::size_t l = 0; l < outputs_.size(); ++l) {
        outputs_[l] = {rows[l % 2],
                       memory.group.take_panels(units, all_blocks),
                       first_tile,
                       memory.own.take<std::uint32_t>(blocks * side * units)};
    }
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        gradients_[l] = {l == 0 ? Panels{} : rows[l % 2],
                         memory.group.take_panels(units, all_blocks),
                         first_tile};
        tiles_used_[l] = memory.group.take<std::uint32_t>(memory.seats);
    }
    const std::size_t floats = blocks * units * block_values;
    gathered_z_ = memory.own.take<float>(floats);
    sample_gradient_ = memory.own.take<float>(floats);
    entity_gradient_ = memory.own.take<float>(floats);
}

void Track::find_entities(std::initializer_list<std::span<const std::uint32_t>> entities) {
    constexpr auto unknown = std::numeric_limits<std::uint32_t>::max();
    entity_.clear();
    entities_.clear();
    for (const auto& group : entities) {
        for (const std::uint32_t row : group) {
            if (row >= position_.size()) { position_.resize(row + 1, unknown); }
            if (position_[row] == unknown) {
                position_[row] = static_cast<std::uint32_t>(entities_.size());
                entities_.push_back(row);
            }
            entity_.push_back(position_[row]);
        }
    }
    for (const std::uint32_t row : entities_) { position_[row] = unknown; }
    samples_ = {entity_.size() / groups_.size(), groups_.size()};
    entity_rows_.assign(entity_, entities_.size());
}

void Track::read_features(const StepPass& pass, const data::RowBlock& features) {
    const RowBlocks rows{entities_.size(), 1};
    for_blocks(pass.ops,
               rows.count(),
               layers_[0].input_blocks(),
               [&](std::size_t row, std::size_t column, float* block) {
                   copy_block({features.values, features.columns, &entities_[row * side]},
                              rows.filled(row),
                              column,
                              features.columns,
                              block);
                   features_.write(pass.ops, row, column, block);
               });
}

void Track::draw_masks(const StepPass& pass, std::size_t l) {
    const std::size_t units = layers_[l].layer.outputs;
    if (has_masks_by_entity(pass)) {
        masks_[0].draw(pass.ops, pass.lots, {groups_[0], l, ids_.data()}, ids_.size(), units);
        return;
    }
    if (l < gathered_) { return; }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        masks_[g].draw(pass.ops, pass.lots, {groups_[g], l}, samples_.samples, units);
    }
}

void Track::forward(const StepPass& pass,
                    const data::RowBlock& features,
                    std::span<const std::uint32_t> ids,
                    std::initializer_list<std::span<const std::uint32_t>> entities,
                    const Activation& concat) {
    find_entities(entities);
    ids_.clear();
    for (const std::uint32_t row : entities_) { ids_.push_back(ids[row]); }
    gathered_ = pass.lots.is_off() || has_masks_by_entity(pass) ? last() : 0;
    read_features(pass, features);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const LayerBlocks& layer = layers_[l];
        tiles_used_[l][seat_] = static_cast<std::uint32_t>(rows(l).count());
        std::copy_n(&pass.weights[layer.layer.bias_at], layer.layer.outputs, bias_.begin());
        draw_masks(pass, l);
        multiply_blocks(pass.ops,
                        l == 0 ? features_.rows : outputs_[l - 1].rows,
                        rows(l).count(),
                        forward_panels(layer, pass.packed),
                        layer.output_blocks,
                        [&](std::size_t row, std::size_t column, float* block) {
                            if (l == gathered_) {
                                take_gathered(pass, row, column, block);
                            } else {
                                activate_and_write(
                                    pass, l, row, column, &bias_[column * side], concat, block);
                            }
                        });
        if (l == gathered_) { gather(pass, concat); }
    }
}

void Track::take_gathered(const StepPass& pass, std::size_t row, std::size_t column, float* block) {
    if (has_masks_by_entity(pass)) {
        pass.ops.activate({.bias = &bias_[column * side],
                           .keep = masks_[0].at(row * side, column),
                           .scale = pass.lots.scale()},
                          block);
    }
    for (std::size_t r = 0; r < side; ++r) {
        std::copy_n(
            block + r * side, side, gathered_z_ + (row * side + r) * width() + column * side);
    }
}

// With masks by entity the rows have been through ReLU and dropout, which then change nothing.
void Track::gather(const StepPass& pass, const Activation& concat) {
    const auto& bias = has_masks_by_entity(pass) ? no_bias_ : bias_;
    for_blocks(pass.ops,
               samples_.count(),
               layers_[0].output_blocks,
               [&](std::size_t row, std::size_t column, float* block) {
                   copy_block({gathered_z_, width(), &entity_[first_sample(row)]},
                              samples_.filled(row),
                              column,
                              width(),
                              block);
                   activate_and_write(
                       pass, gathered_, row, column, &bias[column * side], concat, block);
               });
}

// Rows are those of the layer's output: by sample from the gathered layer on.
void Track::activate_and_write(const StepPass& pass,
                               std::size_t l,
                               std::size_t row,
                               std::size_t column,
                               const float* bias,
                               const Activation& concat,
                               float* block) {
    const RowBlocks blocks = l < gathered_ ? rows(l) : samples_;
    const std::size_t group = row / blocks.per_group();
    const std::size_t row_of_group = row % blocks.per_group();
    const Activation& output = l == last() ? concat : outputs_[l];
    const std::size_t to_row = l == last() ? row_of_group : row;
    const std::size_t part = l == last() ? first_part_ + group : 0;
    const std::size_t to_column = part * layers_[0].output_blocks + column;
    Activate activate{.bias = bias,
                      .active = output.active(to_row, to_column),
                      .scale = pass.lots.scale(),
                      .rows = blocks.filled(row)};
    if (has_masks_by_entity(pass)) {
        if (l == gathered_) { activate.scale = 1.0F; }
        if (l < gathered_) { activate.keep = masks_[0].at(row * side, column); }
    } else if (l >= gathered_) {
        activate.keep = masks_[group].at(row_of_group * side, column);
    }
    pass.ops.activate(activate, block);
    output.write(pass.ops, to_row, to_column, block);
}

void Track::take_output_gradient(
    const StepPass& pass, std::size_t part, std::size_t row, std::size_t column, float* block) {
    take_gradient(pass, last(), part * samples_.per_group() + row, column, block);
}

void Track::take_gradient(
    const StepPass& pass, std::size_t l, std::size_t row, std::size_t column, const float* block) {
    if (l != gathered_) {
        gradients_[l].write(pass.ops, row, column, block);
        return;
    }
    const std::size_t first = first_sample(row);
    for (std::size_t r = 0; r < samples_.filled(row); ++r) {
        std::copy_n(
            block + r * side, side, sample_gradient_ + (first + r) * width() + column * side);
    }
}

void Track::sum_gathered(const StepPass& pass) {
    sum_by_entity(entity_rows_, width(), {sample_gradient_, width()}, {entity_gradient_, width()});
    const RowBlocks rows{entities_.size(), 1};
    for_blocks(pass.ops,
               rows.count(),
               layers_[0].output_blocks,
               [&](std::size_t row, std::size_t column, float* block) {
                   copy_block({entity_gradient_ + row * side * width(), width()},
                              rows.filled(row),
                              column,
                              width(),
                              block);
                   gradients_[gathered_].write(pass.ops, row, column, block);
               });
}

void Track::backward(const StepPass& pass) {
    for (std::size_t l = layers_.size(); l-- > 0;) {
        if (l == gathered_) { sum_gathered(pass); }
        if (l == 0) { return; }
        const RowBlocks blocks = rows(l);
        multiply_blocks(pass.ops,
                        gradients_[l].rows,
                        blocks.count(),
                        backward_panels(layers_[l], pass.packed),
                        layers_[l].input_blocks(),
                        [&](std::size_t row, std::size_t column, float* block) {
                            pass.ops.deactivate({.active = outputs_[l - 1].active(row, column),
                                                 .scale = pass.lots.scale(),
                                                 .rows = blocks.filled(row)},
                                                block);
                            take_gradient(pass, l - 1, row, column, block);
                        });
    }
}

void Track::add_layer_gradients(std::vector<LayerGradient>& all) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        all.push_back({&layers_[l],
                       l == 0 ? features_.columns : outputs_[l - 1].columns,
                       gradients_[l].columns,
                       tiles_used_[l],
                       seat_tiles_});
    }
}

}  // namespace ltfb::trainer::bf16
