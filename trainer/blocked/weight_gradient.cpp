#include "trainer/blocked/weight_gradient.hpp"

#include <algorithm>

namespace ltfb::trainer::blocked {

namespace {

struct Piece {
    std::size_t at = 0;
    RowsShape shape;
    GradientRows gradient;
};

struct Target {
    ArenaRange range;
    GradientSink& sink;
};

/// Hands on what of a piece lies in the range: all of it, or the parts of its rows that do.
void hand_on(const Piece& piece, const Target& target) {
    const RowsShape& shape = piece.shape;
    const ArenaRange whole{piece.at, piece.at + (shape.rows - 1) * shape.stride + shape.columns};
    if (target.range.begin <= whole.begin && whole.end <= target.range.end) {
        target.sink.take(piece.at, shape, piece.gradient);
        return;
    }
    for (std::size_t r = 0; r < shape.rows; ++r) {
        const std::size_t at = piece.at + r * shape.stride;
        const ArenaRange own = ArenaRange{at, at + shape.columns}.intersection(target.range);
        if (own.size() == 0) { continue; }
        const float* values = piece.gradient.values + r * piece.gradient.stride + (own.begin - at);
        target.sink.take(own.begin, {.rows = 1, .columns = own.size()}, {values});
    }
}

/// Floats between rows of a gradient: not a power of 2, which a cache has no room for.
std::size_t gradient_stride(const LayerBlocks& blocks) {
    constexpr std::size_t line = 16;
    return blocks.output_blocks * side + line;
}

/// Sums over positions of `weights` times a layer's gradients, as one row of its arena.
void hand_on_sums(const GradientSources& sources,
                  const LayerGradient& layer,
                  const float* weights,
                  std::size_t at,
                  const Target& target) {
    const std::size_t outputs = layer.layer->layer.outputs;
    for (std::size_t column = 0; column < outputs; column += panel_width) {
        alignas(64) std::array<float, panel_width> sums{};
        sources.ops.sum_columns(
            layer.gradients.at(column / panel_width, 0), layer.tiles, weights, sums.data());
        const std::size_t n = std::min(panel_width, outputs - column);
        hand_on({at + column, {.rows = 1, .columns = n}, {sums.data()}}, target);
    }
}

/// A row of blocks; where the sink updates weights, two rows at a time, which are packed from the
/// first cache, so that loads of the next overlap with stores.
void hand_on_rows(const TileOps& ops,
                  const LayerBlocks& layer,
                  std::size_t input_block,
                  const GradientRows& gradient,
                  const Destination& destination,
                  AlignedArray<std::byte>& scratch) {
    const auto rows = layer.rows(input_block);
    const std::size_t outputs = layer.layer.outputs;
    const Target target{destination.range, destination.sink};
    const ArenaRange whole = layer.range(input_block);
    const bool is_whole = whole.intersection(destination.range).size() == whole.size();
    if (!is_whole || !destination.sink.has_updated()) {
        hand_on({rows.at, {rows.count, outputs, outputs}, gradient}, target);
        if (destination.sink.has_updated()) {
            pack_partly(ops,
                        layer,
                        input_block,
                        destination.weights,
                        destination.range,
                        destination.packed);
        }
        return;
    }
    RowPacker packer(ops, layer, input_block, destination.packed, scratch);
    for (std::size_t r = 0; r < rows.count; r += 2) {
        const std::size_t at = rows.at + r * outputs;
        const std::size_t n = std::min<std::size_t>(2, rows.count - r);
        destination.sink.take(
            at, {n, outputs, outputs}, {gradient.values + r * gradient.stride, gradient.stride});
        const float* weights = &destination.weights[at];
        packer.add(weights, n == 2 ? weights + outputs : nullptr);
    }
    packer.finish();
}

/// Strip by strip: the second cache holds a strip of the gradients of all rows.
void subtract_dropped(const LayerGradient& layer,
                      std::size_t input_block,
                      const RowsOut& gradient,
                      SparseRows& by_unit) {
    const SparseEntries dropped = layer.dropped->block(input_block);
    by_unit.assign(side, [&](const auto& visit) {
        for (std::size_t i = 0; i < dropped.size; ++i) {
            visit(dropped.columns[i], dropped.rows[i], dropped.values[i]);
        }
    });
    const std::size_t width = layer.layer->output_blocks * side;
    for (std::size_t at = 0; at < width; at += product_strip) {
        const RowsIn rows{layer.row_gradients.values + at, layer.row_gradients.stride};
        for (std::size_t u = 0; u < by_unit.rows(); ++u) {
            float* sums = gradient.row(u) + at;
            subtract_row_product(
                by_unit.row(u), std::min(product_strip, width - at), sums, rows, {}, sums);
        }
    }
}

/// Positions without a sample have no gradient, but their activations need not be numbers; so only
/// what is used is read.
void hand_on_output(const TileOps& ops, const OutputGradient& output, const Target& target) {
    const Layer& layer = *output.layer;
    for (std::size_t i = 0; i < layer.inputs; ++i) {
        const float sum = ops.dot(row_of(output.inputs, i), output.tiles, output.gradients);
        hand_on({layer.weights_at + i, {.rows = 1, .columns = 1}, {&sum}}, target);
    }
    float bias = 0.0F;
    for (std::size_t s = 0; s < output.tiles * side; ++s) { bias += output.gradients[s]; }
    hand_on({layer.bias_at, {.rows = 1, .columns = 1}, {&bias}}, target);
}

}  // namespace

void WeightGradient::plan(const GradientSources& sources, ArenaRange range) {
    tasks_.clear();
    std::size_t positions = 0;
    gradient_size_ = 0;
    for (const LayerGradient& layer : sources.layers) {
        positions = std::max(positions, layer.tiles * side);
        const LayerBlocks& blocks = *layer.layer;
        gradient_size_ = std::max(gradient_size_, side * gradient_stride(blocks));
        tasks_.push_back({.layer = &layer});
        for (std::size_t block = 0; block < blocks.input_blocks(); ++block) {
            if (blocks.range(block).intersection(range).size() > 0) {
                tasks_.push_back({.layer = &layer, .input_block = block});
            }
        }
    }
    if (ones_.size() < positions) { ones_.assign(positions, 1.0F); }
}

// One row of blocks at a time: with more, what is read of the layer's gradients would serve more
// rows, but their own gradient would take more of the second cache, which costs more (measured).
void WeightGradient::make_rows(const GradientSources& sources,
                               const LayerGradient& layer,
                               std::size_t input_block,
                               const Destination& destination,
                               Scratch& scratch) const {
    const LayerBlocks& blocks = *layer.layer;
    const RowsOut gradient{scratch.gradient.data(), gradient_stride(blocks)};
    for (std::size_t column = 0; column < blocks.output_blocks; ++column) {
        sources.ops.multiply({.left = pair_at(layer.inputs, input_block, 0),
                              .right = pair_at(layer.gradients, column, 0),
                              .depth = layer.tiles,
                              .block_stride = gradient.stride},
                             gradient.values + column * side);
    }
    if (layer.dropped != nullptr) {
        subtract_dropped(layer, input_block, gradient, scratch.dropped_by_unit);
    }
    hand_on_rows(sources.ops,
                 blocks,
                 input_block,
                 {gradient.values, gradient.stride},
                 destination,
                 scratch.packing);
}

void WeightGradient::make_rest(const GradientSources& sources,
                               const LayerGradient& layer,
                               const Destination& destination) const {
    const LayerBlocks& blocks = *layer.layer;
    const Target target{destination.range, destination.sink};
    hand_on_sums(sources, layer, ones_.data(), blocks.layer.bias_at, target);
    for (std::size_t i = 0; i < blocks.extra_inputs(); ++i) {
        const std::size_t at = blocks.extra_at() + i * blocks.layer.outputs;
        hand_on_sums(sources, layer, sources.doses.at(i), at, target);
    }
    if (&layer == &sources.layers.back()) { hand_on_output(sources.ops, sources.output, target); }
}

void WeightGradient::make(const GradientSources& sources,
                          const Destination& destination,
                          Crew& crew,
                          const mpi::Deadline& deadline) {
    plan(sources, destination.range);
    scratch_.resize(crew.threads_of_seat());
    crew.run(deadline, [&](Worker& worker) {
        const TileScope scope(sources.ops);
        Scratch& scratch = scratch_[worker.thread()];
        at_least(scratch.gradient, gradient_size_);
        worker.share(tasks_.size(), [&](std::size_t t, std::size_t) {
            const auto& [layer, input_block] = tasks_[t];
            if (input_block) {
                make_rows(sources, *layer, *input_block, destination, scratch);
            } else {
                make_rest(sources, *layer, destination);
            }
        });
    });
}

}  // namespace ltfb::trainer::blocked
