#include "trainer/onednn_evaluation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "trainer/block_ops.hpp"

namespace ltfb::trainer {

OnednnEvaluation::OnednnEvaluation(const ModelLayout& layout, OnednnWorkspace& workspace)
    : layout_(layout), workspace_(workspace), zero_bias_(layout.shape.hidden) {}

void OnednnEvaluation::encode(const std::vector<Layer>& track,
                              const float* weights,
                              const data::RowBlock& features,
                              Scratch& rows) {
    const std::size_t hidden = layout_.shape.hidden;
    const std::size_t size = features.rows * hidden;
    const float* input = features.values;
    for (const Layer& layer : track) {
        float* z = workspace_.before_relu.reserve(size);
        workspace_.dense.forward({features.rows, layer.inputs, layer.outputs},
                                 input,
                                 weights + layer.weights_at,
                                 weights + layer.bias_at,
                                 z);
        float* output = rows.reserve(size);
        relu({features.rows, hidden}, {z, hidden}, {output, hidden});
        input = output;
    }
}

void OnednnEvaluation::project(const Piece& piece, const float* weights, Scratch& out) {
    const std::size_t hidden = layout_.shape.hidden;
    const Layer& first = layout_.top.front();
    const float* bias = piece.index == 0 ? weights + first.bias_at : zero_bias_.data();
    workspace_.dense.forward({piece.entities, hidden, hidden},
                             piece.rows,
                             weights + first.weights_at + piece.index * hidden * hidden,
                             bias,
                             out.reserve(piece.entities * hidden));
}

void OnednnEvaluation::predict(std::span<const float> weights,
                               const data::Batch& batch,
                               std::span<float> out,
                               const std::function<void()>& meanwhile) {
    encode(layout_.cell_track, weights.data(), batch.cells, cells_);
    encode(layout_.drug_track, weights.data(), batch.drugs, drugs_);
    project({0, batch.cells.rows, cells_.data()}, weights.data(), cell_part_);
    project({1, batch.drugs.rows, drugs_.data()}, weights.data(), drug1_part_);
    project({2, batch.drugs.rows, drugs_.data()}, weights.data(), drug2_part_);
    for (std::size_t begin = 0; begin < batch.size(); begin += block) {
        const std::size_t n = std::min(block, batch.size() - begin);
        first_block(batch, weights.data(), begin, n);
        finish(weights.data(), n, &out[begin]);
        if (meanwhile) { meanwhile(); }
    }
}

void OnednnEvaluation::first_block(const data::Batch& batch,
                                   const float* weights,
                                   std::size_t begin,
                                   std::size_t n) {
    const std::size_t hidden = layout_.shape.hidden;
    const Layer& first = layout_.top.front();
    const float* dose_weights = weights + first.weights_at + 3 * hidden * hidden;
    float* out = top_.reserve(block * hidden);
#pragma omp parallel for
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t s = begin + i;
        const float* cell = cell_part_.data() + batch.cell[s] * hidden;
        const float* drug1 = drug1_part_.data() + batch.drug1[s] * hidden;
        const float* drug2 = drug2_part_.data() + batch.drug2[s] * hidden;
        float* row = out + i * hidden;
        for (std::size_t u = 0; u < hidden; ++u) { row[u] = cell[u] + drug1[u] + drug2[u]; }
        if (!layout_.shape.has_dose) { continue; }
        for (std::size_t u = 0; u < hidden; ++u) {
            row[u] += batch.dose1[s] * dose_weights[u] + batch.dose2[s] * dose_weights[hidden + u];
        }
    }
    relu({n, hidden}, {out, hidden}, {out, hidden});
}

void OnednnEvaluation::finish(const float* weights, std::size_t n, float* out) {
    const std::size_t hidden = layout_.shape.hidden;
    float* z = workspace_.before_relu.reserve(block * hidden);
    float* input = top_.data();
    for (std::size_t l = 1; l + 1 < layout_.top.size(); ++l) {
        const Layer& layer = layout_.top[l];
        workspace_.dense.forward(
            {n, hidden, hidden}, input, weights + layer.weights_at, weights + layer.bias_at, z);
        relu({n, hidden}, {z, hidden}, {input, hidden});
    }
    const Layer& last = layout_.top.back();
    workspace_.dense.forward(
        {n, hidden, 1}, input, weights + last.weights_at, weights + last.bias_at, out);
}

}  // namespace ltfb::trainer
