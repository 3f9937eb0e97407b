#include "trainer/blocked/packed_weights.hpp"

#include <algorithm>
#include <array>

namespace ltfb::trainer::blocked {

LayerBlocks::Rows LayerBlocks::rows(std::size_t input_block) const {
    const std::size_t part = input_block / part_blocks;
    const std::size_t row = input_block % part_blocks * side;
    return {.at = layer.weights_at + (part * part_inputs + row) * layer.outputs,
            .count = std::min(side, part_inputs - row)};
}

PackedLayout::PackedLayout(const ModelLayout& layout, std::size_t value_bytes, Passes passes) {
    const auto add = [&](std::vector<LayerBlocks>& layers, const Layer& layer, std::size_t parts) {
        LayerBlocks blocks{.layer = layer, .parts = parts};
        blocks.part_inputs = parts == 1 ? layer.inputs : layout.shape.hidden;
        blocks.part_blocks = blocks_for(blocks.part_inputs);
        blocks.output_blocks = blocks_for(layer.outputs);
        blocks.value_bytes = value_bytes;
        const std::size_t bytes =
            Panels::size(blocks.input_blocks(), blocks.output_blocks) * value_bytes;
        const bool is_first_of_track = &layers != &top && layers.empty();
        const bool has_backward = passes == Passes::both && !is_first_of_track;
        blocks.forward_at = size_bytes;
        blocks.backward_at = has_backward ? size_bytes + bytes : no_backward;
        size_bytes += has_backward ? 2 * bytes : bytes;
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
                     std::byte* packed,
                     AlignedArray<std::byte>& scratch)
    : ops_(ops), layer_(layer), input_block_(input_block), packed_(packed) {
    left_ = {nullptr, layer.output_blocks, layer.value_bytes};
    const std::size_t bytes = left_.stride_bytes();
    if (scratch.size() < bytes) { scratch = AlignedArray<std::byte>(bytes); }
    left_.tiles = scratch.data();
    clear_rows(layer.output_blocks - 1, 0);
}

/// Of a tile of the panel at hand, from row `first` on.
void RowPacker::clear_rows(std::size_t tile, std::size_t first) const {
    std::fill_n(left_.at(0, tile) + first * side * left_.value_bytes,
                (panel_width - first) * side * left_.value_bytes,
                std::byte{0});
}

void RowPacker::add(const float* even, const float* odd) {
    const Panels forward = forward_panels(layer_, packed_);
    ops_.pack_row_pair(
        {.even = even,
         .odd = odd,
         .columns = layer_.layer.outputs,
         .left = left_.tiles + rows_ % panel_width * side * left_.value_bytes,
         .right = forward.at(0, input_block_) + rows_ * panel_width * forward.value_bytes,
         .right_stride_bytes = forward.stride_bytes()});
    rows_ += 2;
    if (rows_ % panel_width == 0) { flush(); }
}

void RowPacker::finish() {
    const std::size_t filled = rows_ % panel_width;
    if (filled == 0) { return; }
    for (std::size_t t = 0; t < left_.depth; ++t) { clear_rows(t, filled); }
    rows_ += panel_width - filled;
    flush();
}

/// The panel at hand, complete, becomes one of the transpose as right operand.
void RowPacker::flush() {
    if (!layer_.has_backward()) { return; }
    const Panels backward = backward_panels(layer_, packed_);
    const std::size_t panel = 2 * input_block_ + rows_ / panel_width - 1;
    alignas(64) std::array<std::byte, max_tile_bytes> tile;
    for (std::size_t t = 0; t < left_.depth; ++t) {
        ops_.left_to_right(left_.at(0, t), tile.data());
        ops_.stream(tile.data(), backward.at(panel, t));
    }
}

void pack_partly(const TileOps& ops,
                 const LayerBlocks& layer,
                 std::size_t input_block,
                 std::span<const float> weights,
                 ArenaRange range,
                 std::byte* packed) {
    const auto rows = layer.rows(input_block);
    const std::size_t outputs = layer.layer.outputs;
    const Panels forward = forward_panels(layer, packed);
    const Panels backward = backward_panels(layer, packed);
    for (std::size_t r = 0; r < rows.count; ++r) {
        const std::size_t begin = rows.at + r * outputs;
        const ArenaRange own = ArenaRange{begin, begin + outputs}.intersection(range);
        for (std::size_t at = own.begin; at < own.end; ++at) {
            const std::size_t o = at - begin;
            const float value = weights[at];
            ops.put_right(value, r, o % panel_width, forward.at(o / panel_width, input_block));
            if (!layer.has_backward()) { continue; }
            const std::size_t panel = 2 * input_block + r / panel_width;
            ops.put_right(value, o % side, r % panel_width, backward.at(panel, o / side));
        }
    }
}

void pack_weights(const TileOps& ops,
                  const PackedLayout& layout,
                  std::span<const float> weights,
                  ArenaRange range,
                  std::byte* packed) {
#pragma omp parallel
    {
        AlignedArray<std::byte> scratch;
        ops.begin();
        for (const LayerBlocks* layer : layout.layers()) {
            const std::size_t outputs = layer->layer.outputs;
#pragma omp for nowait
            for (std::size_t block = 0; block < layer->input_blocks(); ++block) {
                const ArenaRange whole = layer->range(block);
                if (whole.intersection(range).size() < whole.size()) {
                    pack_partly(ops, *layer, block, weights, range, packed);
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

}  // namespace ltfb::trainer::blocked
