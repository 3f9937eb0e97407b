#include "trainer/onednn_engine.hpp"

#include <algorithm>

#include <omp.h>

namespace ltfb::trainer {

namespace {

void zero_padding(const ModelLayout& layout, std::span<float> arena) {
    std::size_t end = 0;  // of the last values that belong to a layer
    const auto skip_to = [&](std::size_t begin, std::size_t size) {
        std::fill(&arena[end], &arena[begin], 0.0F);
        end = begin + size;
    };
    for (const auto* layers : {&layout.cell_track, &layout.drug_track, &layout.top}) {
        for (const Layer& layer : *layers) {
            skip_to(layer.weights_at, layer.inputs * layer.outputs);
            skip_to(layer.bias_at, layer.outputs);
        }
    }
    std::fill(arena.begin() + static_cast<std::ptrdiff_t>(end), arena.end(), 0.0F);
}

}  // namespace

OnednnEngine::OnednnEngine(const ModelShape& shape, int threads)
    : layout_(shape),
      threads_(threads),
      cell_track_(layout_.cell_track, {UnitGroup::cell}),
      drug_track_(layout_.drug_track, {UnitGroup::drug1, UnitGroup::drug2}),
      evaluation_(layout_, workspace_),
      outputs_(shape.top_layers) {}

double OnednnEngine::gradient(std::span<const float> weights,
                              const data::Batch& batch,
                              const DropoutRule& dropout,
                              double loss_scale_samples,
                              std::span<float> gradient,
                              const GradientReady& ready) {
    const std::size_t b = batch.size();
    if (b == 0) {
        std::fill(gradient.begin(), gradient.end(), 0.0F);
        if (ready) { ready({0, gradient.size()}); }
        return 0.0;
    }
    const LayerReady layer_ready = [&](const Layer& layer) {
        if (ready) { ready(range_of(layout_, layer)); }
    };
    zero_padding(layout_, gradient);
    omp_set_num_threads(threads_);
    const std::size_t width = concat_width();
    const std::size_t hidden = layout_.shape.hidden;
    const DropoutLots lots(dropout);
    const TrackPass cells{workspace_, weights.data(), batch.cells, batch.cell_ids, lots};
    const TrackPass drugs{workspace_, weights.data(), batch.drugs, batch.drug_ids, lots};

    float* concat = concat_.reserve(b * width);
    cell_track_.forward(cells, {batch.cell}, {concat, width});
    drug_track_.forward(drugs, {batch.drug1, batch.drug2}, {concat + hidden, width});
    if (layout_.shape.has_dose) {
        for (std::size_t s = 0; s < b; ++s) {
            concat[s * width + 3 * hidden] = batch.dose1[s];
            concat[s * width + 3 * hidden + 1] = batch.dose2[s];
        }
    }
    forward_top(b, weights.data(), lots);
    const double squared_errors = prediction_gradients(batch, loss_scale_samples);
    backward_top(b, weights.data(), lots, gradient.data(), layer_ready);
    const float* concat_gradient = concat_gradient_.data();
    cell_track_.backward(
        cells, {concat, width}, {concat_gradient, width}, gradient.data(), layer_ready);
    drug_track_.backward(drugs,
                         {concat + hidden, width},
                         {concat_gradient + hidden, width},
                         gradient.data(),
                         layer_ready);
    return squared_errors;
}

void OnednnEngine::forward_top(std::size_t b, const float* weights, const DropoutLots& lots) {
    const std::size_t hidden = layout_.shape.hidden;
    float* z = workspace_.before_relu.reserve(b * hidden);
    const float* input = concat_.data();
    for (std::size_t l = 0; l < outputs_.size(); ++l) {
        const Layer& layer = layout_.top[l];
        workspace_.dense.forward({b, layer.inputs, layer.outputs},
                                 input,
                                 weights + layer.weights_at,
                                 weights + layer.bias_at,
                                 z);
        float* output = outputs_[l].reserve(b * hidden);
        relu_and_drop({b, hidden}, {z, hidden}, {output, hidden}, lots, {UnitGroup::top, l});
        input = output;
    }
    const Layer& last = layout_.top.back();
    workspace_.dense.forward({b, last.inputs, last.outputs},
                             input,
                             weights + last.weights_at,
                             weights + last.bias_at,
                             prediction_.reserve(b));
}

double OnednnEngine::prediction_gradients(const data::Batch& batch, double loss_scale_samples) {
    double squared_errors = 0.0;
    for (std::size_t s = 0; s < batch.size(); ++s) {
        float& prediction = prediction_.data()[s];
        const double error =
            static_cast<double>(prediction) - static_cast<double>(batch.response[s]);
        squared_errors += error * error;
        prediction = static_cast<float>(2.0 * error / loss_scale_samples);
    }
    return squared_errors;
}

void OnednnEngine::backward_top(std::size_t b,
                                const float* weights,
                                const DropoutLots& lots,
                                float* gradient,
                                const LayerReady& ready) {
    const std::size_t hidden = layout_.shape.hidden;
    float* dz = workspace_.before_relu_gradient.reserve(b * hidden);
    float* dx = workspace_.input_gradient.reserve(b * hidden);
    const float* output_gradient = prediction_.data();
    for (std::size_t l = layout_.top.size(); l-- > 0;) {
        const Layer& layer = layout_.top[l];
        const DenseShape shape{b, layer.inputs, layer.outputs};
        if (l < outputs_.size()) {
            undo_relu_and_drop({b, hidden},
                               {dx, hidden},
                               {outputs_[l].data(), hidden},
                               lots.scale(),
                               {dz, hidden});
            output_gradient = dz;
        }
        workspace_.dense.weight_gradient(shape,
                                         l == 0 ? concat_.data() : outputs_[l - 1].data(),
                                         output_gradient,
                                         gradient + layer.weights_at,
                                         gradient + layer.bias_at);
        ready(layer);
        workspace_.dense.input_gradient(shape,
                                        output_gradient,
                                        weights + layer.weights_at,
                                        l == 0 ? concat_gradient_.reserve(b * layer.inputs) : dx);
    }
}

void OnednnEngine::predict(std::span<const float> weights,
                           const data::Batch& batch,
                           std::span<float> out) {
    omp_set_num_threads(threads_);
    evaluation_.predict(weights, batch, out, meanwhile());
}

}  // namespace ltfb::trainer
