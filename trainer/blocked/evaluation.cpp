#include "trainer/blocked/evaluation.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <omp.h>

#include "trainer/blocked/top.hpp"

namespace ltfb::trainer::blocked {

namespace {

template <class T>
void reserve(AlignedArray<T>& array, std::size_t size) {
    if (array.size() < size) { array = AlignedArray<T>(size); }
}

using Block = std::array<float, block_values>;

}  // namespace

Evaluation::Evaluation(const ModelLayout& layout, const TileOps& ops)
    : layout_(layout), ops_(ops), packed_layout_(layout, ops.value_bytes, Passes::forward) {}

Panels Evaluation::panels_in(AlignedArray<std::byte>& memory,
                             std::size_t blocks,
                             std::size_t depth) const {
    reserve(memory, Panels::size(blocks, depth) * ops_.value_bytes);
    return {memory.data(), depth, ops_.value_bytes};
}

void Evaluation::load(std::span<const float> weights) {
    reserve(packed_, packed_layout_.size_bytes);
    pack_weights(ops_, packed_layout_, weights, {0, weights.size()}, packed_.data());
    reserve(biases_, layout_.top.size() * width());
    for (std::size_t l = 0; l < layout_.top.size(); ++l) {
        const Layer& layer = layout_.top[l];
        const bool is_output = l + 1 == layout_.top.size();
        std::copy_n(&weights[is_output ? layer.weights_at : layer.bias_at],
                    layout_.shape.hidden,
                    biases_.data() + l * width());
    }
    reserve(dose_weights_, 2 * width());
    const LayerBlocks& first = packed_layout_.top.front();
    for (std::size_t drug = 0; drug < first.extra_inputs(); ++drug) {
        std::copy_n(&weights[first.extra_at() + drug * layout_.shape.hidden],
                    layout_.shape.hidden,
                    dose_weights_.data() + drug * width());
    }
}

Panels Evaluation::encode(const std::vector<LayerBlocks>& track,
                          std::span<const float> weights,
                          const data::RowBlock& features) {
    const RowBlocks row_blocks{features.rows, 1};
    const std::size_t rows = row_blocks.count();
    const std::size_t inputs = track.front().input_blocks();
    const Panels read = panels_in(features_, rows, inputs);
    for_blocks(ops_, rows, inputs, [&](std::size_t row, std::size_t column, float* block) {
        copy_block({features.values + row * side * features.columns, features.columns},
                   row_blocks.filled(row),
                   column,
                   features.columns,
                   block);
        ops_.pack_left(block, pair_at(read, row, column));
    });
    Panels input = read;
    for (std::size_t l = 0; l < track.size(); ++l) {
        const Panels output = panels_in(encoded_[l % 2], rows, units());
        std::vector<float> layer_bias(width());
        std::copy_n(&weights[track[l].layer.bias_at], layout_.shape.hidden, layer_bias.begin());
        multiply_blocks(ops_,
                        input,
                        rows,
                        forward_panels(track[l], packed_.data()),
                        units(),
                        [&](std::size_t row, std::size_t column, float* block) {
                            ops_.activate({.bias = &layer_bias[column * side]}, block);
                            ops_.pack_left(block, pair_at(output, row, column));
                        });
        input = output;
    }
    return input;
}

void Evaluation::project(const Panels& encoded,
                         std::size_t rows,
                         std::size_t part,
                         AlignedArray<float>& out) {
    const std::size_t row_blocks = blocks_for(rows);
    reserve(out, row_blocks * side * width());
    Panels right = forward_panels(packed_layout_.top.front(), packed_.data());
    right.tiles = right.at(0, part * units());
    multiply_blocks(ops_,
                    encoded,
                    row_blocks,
                    right,
                    units(),
                    [&](std::size_t row, std::size_t column, const float* block) {
                        float* to = out.data() + row * side * width() + column * side;
                        for (std::size_t r = 0; r < side; ++r) {
                            std::copy_n(block + r * side, side, to + r * width());
                        }
                    });
}

void Evaluation::predict(std::span<const float> weights,
                         const data::Batch& batch,
                         std::span<float> out,
                         const std::function<void()>& meanwhile) {
    load(weights);
    project(
        encode(packed_layout_.cell_track, weights, batch.cells), batch.cells.rows, 0, cell_part_);
    const Panels drugs = encode(packed_layout_.drug_track, weights, batch.drugs);
    project(drugs, batch.drugs.rows, 1, drug_parts_[0]);
    project(drugs, batch.drugs.rows, 2, drug_parts_[1]);
    scratch_.resize(static_cast<std::size_t>(omp_get_max_threads()));
    std::exception_ptr failure;  // none may leave a parallel region
    const auto attend = [&] {
        if (!meanwhile || omp_get_thread_num() != 0 || failure) { return; }
        try {
            meanwhile();
        } catch (...) { failure = std::current_exception(); }
    };
#pragma omp parallel
    {
        Scratch& scratch = scratch_[static_cast<std::size_t>(omp_get_thread_num())];
        const TileScope scope(ops_);
#pragma omp for schedule(dynamic)
        for (std::size_t first = 0; first < batch.size(); first += chunk) {
            predict_chunk(batch, weights, first, scratch, out);
            attend();
        }
    }
    if (failure) { std::rethrow_exception(failure); }
}

void Evaluation::first_block(const data::Batch& batch,
                             std::size_t first,
                             std::size_t rows,
                             std::size_t column,
                             float* block) const {
    for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t s = first + r;
        const auto part = [&](const AlignedArray<float>& parts, std::uint32_t row) {
            return parts.data() + row * width() + column * side;
        };
        const float* cell = part(cell_part_, batch.cell[s]);
        const float* drug1 = part(drug_parts_[0], batch.drug1[s]);
        const float* drug2 = part(drug_parts_[1], batch.drug2[s]);
        float* row = block + r * side;
        for (std::size_t u = 0; u < side; ++u) { row[u] = cell[u] + drug1[u] + drug2[u]; }
        if (!layout_.shape.has_dose) { continue; }
        const float* weights1 = dose_weights_.data() + column * side;
        const float* weights2 = weights1 + width();
        for (std::size_t u = 0; u < side; ++u) {
            row[u] += batch.dose1[s] * weights1[u] + batch.dose2[s] * weights2[u];
        }
    }
}

void Evaluation::predict_chunk(const data::Batch& batch,
                               std::span<const float> weights,
                               std::size_t first,
                               Scratch& scratch,
                               std::span<float> out) const {
    const std::size_t samples = std::min(chunk, batch.size() - first);
    const RowBlocks rows{samples, 1};
    Panels input = panels_in(scratch.input, chunk_blocks, units());
    Panels output = panels_in(scratch.output, chunk_blocks, units());
    alignas(64) Block block{};
    for (std::size_t row = 0; row < rows.count(); ++row) {
        for (std::size_t column = 0; column < units(); ++column) {
            first_block(batch, first + row * side, rows.filled(row), column, block.data());
            ops_.activate({.bias = &bias(0)[column * side]}, block.data());
            ops_.pack_left(block.data(), pair_at(input, row, column));
        }
    }
    for (std::size_t l = 1; l < packed_layout_.top.size(); ++l) {
        const Panels right =
            forward_panels(packed_layout_.top[l], const_cast<std::byte*>(packed_.data()));
        for (std::size_t column = 0; column < units(); ++column) {
            for (std::size_t row = 0; row < rows.count(); ++row) {
                ops_.multiply({.left = pair_at(input, row, 0),
                               .right = pair_at(right, column, 0),
                               .depth = units()},
                              block.data());
                ops_.activate({.bias = &bias(l)[column * side]}, block.data());
                ops_.pack_left(block.data(), pair_at(output, row, column));
            }
        }
        std::swap(input, output);
    }
    const float* last = bias(layout_.top.size() - 1).data();
    const float output_bias = weights[layout_.top.back().bias_at];
    for (std::size_t s = 0; s < samples; ++s) {
        out[first + s] = output_bias + ops_.dot(row_of(input, s), units(), last);
    }
}

}  // namespace ltfb::trainer::blocked
