#include "trainer/bf16/packed_weights.hpp"

#include <algorithm>
#include <array>

#include "trainer/bf16_rounding.hpp"

namespace ltfb::trainer::bf16 {

LayerBlocks::Rows LayerBlocks::rows(std::size_t input_block) const {
    const std::size_t part = input_block / part_blocks;
    const std::size_t row = input_block % part_blocks * side;
    return {.at = layer.weights_at + (part * part_inputs + row) * layer.outputs,
            .count = std::min(side, part_inputs - row)};
}

PackedLayout::PackedLayout(const ModelLayout& layout, Passes passes) {
    const auto add = [&](std::vector<LayerBlocks>& layers, const Layer& layer, std::size_t parts) {
        LayerBlocks blocks{.layer = layer, .parts = parts};
        blocks.part_inputs = parts == 1 ? layer.inputs : layout.shape.hidden;
        blocks.part_blocks = blocks_for(blocks.part_inputs);
        blocks.output_blocks = blocks_for(layer.outputs);
        const std::size_t values = blocks.input_blocks() * blocks.output_blocks * block_values;
        const bool is_first_of_track = &layers != &top && layers.empty();
        const bool has_backward = passes == Passes::both && !is_first_of_track;
        blocks.forward_at = size;
        blocks.backward_at = has_backward ? size + values : no_backward;
        size += has_backward ? 2 * values : values;
        layers.push_back(std::move(blocks));
    };
    for (const Layer& layer : layout.cell_track) { add(cell_track, layer, 1); }
    for (const Layer& layer : layout.drug_track) { add(drug_track, layer, 1); }
    for (std::size_t l = 0; l + 1 < layout.top.size(); ++l) {
        add(top, layout.top[l], l == 0 ? 3 : 1);
    }
}

std::vector<const LayerBlocks*> PackedLayout::layers() const {
    std::vector<const LayerBlocks*> all;
    for (const auto* group : {&cell_track, &drug_track, &top}) {
        for (const LayerBlocks& layer : *group) { all.push_back(&layer); }
    }
    return all;
}

RowPacker::RowPacker(const TileOps& ops,
                     const LayerBlocks& layer,
                     std::size_t input_block,
                     Value* packed,
                     AlignedArray<Value>& scratch)
    : ops_(ops), layer_(layer), input_block_(input_block), packed_(packed) {
    const std::size_t values = layer.output_blocks * tile_values;
    if (scratch.size() < values) { scratch = AlignedArray<Value>(values); }
    left_ = {scratch.data(), layer.output_blocks};
    std::fill_n(left_.at(0, layer.output_blocks - 1), tile_values, Value{0});
}

void RowPacker::add(const float* even, const float* odd) {
    const Panels forward = forward_panels(layer_, packed_);
    ops_.pack_row_pair({.even = even,
                        .odd = odd,
                        .columns = layer_.layer.outputs,
                        .left = left_.tiles + rows_ % panel_width * side,
                        .right = forward.at(0, input_block_) + rows_ * panel_width,
                        .right_stride = forward.stride()});
    rows_ += 2;
    if (rows_ % panel_width == 0) { flush(); }
}

void RowPacker::finish() {
    const std::size_t filled = rows_ % panel_width;
    if (filled == 0) { return; }
    for (std::size_t t = 0; t < left_.depth; ++t) {
        std::fill_n(left_.at(0, t) + filled * side, (panel_width - filled) * side, Value{0});
    }
    rows_ += panel_width - filled;
    flush();
}

/// The panel at hand, complete, becomes one of the transpose as right operand.
void RowPacker::flush() {
    if (!layer_.has_backward()) { return; }
    const Panels backward = backward_panels(layer_, packed_);
    const std::size_t panel = 2 * input_block_ + rows_ / panel_width - 1;
    alignas(64) std::array<Value, tile_values> tile;
    for (std::size_t t = 0; t < left_.depth; ++t) {
        ops_.transpose(left_.at(0, t), tile.data());
        ops_.stream(tile.data(), backward.at(panel, t));
    }
}

void pack_partly(const LayerBlocks& layer,
                 std::size_t input_block,
                 std::span<const float> weights,
                 ArenaRange range,
                 Value* packed) {
    const auto rows = layer.rows(input_block);
    const std::size_t outputs = layer.layer.outputs;
    const Panels forward = forward_panels(layer, packed);
    const Panels backward = backward_panels(layer, packed);
    // Of value (k, n) in the tile of a right operand.
    const auto in_tile = [](std::size_t k, std::size_t n) {
        return (k / 2 * panel_width + n) * 2 + k % 2;
    };
    for (std::size_t r = 0; r < rows.count; ++r) {
        const std::size_t begin = rows.at + r * outputs;
        const ArenaRange own = ArenaRange{begin, begin + outputs}.intersection(range);
        for (std::size_t at = own.begin; at < own.end; ++at) {
            const std::size_t o = at - begin;
            const Value value = to_bf16(weights[at]);
            forward.at(o / panel_width, input_block)[in_tile(r, o % panel_width)] = value;
            if (!layer.has_backward()) { continue; }
            const std::size_t panel = 2 * input_block + r / panel_width;
            backward.at(panel, o / side)[in_tile(o % side, r % panel_width)] = value;
        }
    }
}

void pack_weights(const TileOps& ops,
                  const PackedLayout& layout,
                  std::span<const float> weights,
                  ArenaRange range,
                  Value* packed) {
#pragma omp parallel
    {
        AlignedArray<Value> scratch;
        ops.begin();
        for (const LayerBlocks* layer : layout.layers()) {
            const std::size_t outputs = layer->layer.outputs;
#pragma omp for nowait
            for (std::size_t block = 0; block < layer->input_blocks(); ++block) {
                const ArenaRange whole = layer->range(block);
                if (whole.intersection(range).size() < whole.size()) {
                    pack_partly(*layer, block, weights, range, packed);
                    continue;
                }
                RowPacker packer(ops, *layer, block, packed, scratch);
                for (std::size_t at = whole.begin; at < whole.end; at += 2 * outputs) {
                    const bool has_odd = at + outputs < whole.end;
                    packer.add(&weights[at], has_odd ? &weights[at + outputs] : nullptr);
                }
                packer.finish();
            }
        }
        ops.end();
    }
}

}  // namespace ltfb::trainer::bf16
