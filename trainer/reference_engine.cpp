#include "trainer/reference_engine.hpp"

#include <algorithm>
#include <array>

#include "trainer/dropout.hpp"

namespace ltfb::trainer {

namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;  // the input of each layer in turn, then the output of the last
constexpr std::array track_groups{UnitGroup::cell, UnitGroup::drug1, UnitGroup::drug2};

/// Everything a forward pass of one sample computes.
struct Trace {
    std::array<Rows, 3> tracks;  // cell, drug 1, drug 2
    Rows top;                    // starts with the concatenation, ends with the prediction [1]
};

struct Pass {
    const ModelLayout& layout;
    std::span<const float> weights;
    const DropoutLots& lots;

    [[nodiscard]] const std::vector<Layer>& track(std::size_t t) const {
        return t == 0 ? layout.cell_track : layout.drug_track;
    }
};

Row fully_connected(const Layer& layer, std::span<const float> weights, const Row& input) {
    Row output(layer.outputs);
    for (std::size_t o = 0; o < layer.outputs; ++o) {
        double sum = weights[layer.bias_at + o];
        for (std::size_t i = 0; i < layer.inputs; ++i) {
            sum += input[i] * weights[layer.weights_at + i * layer.outputs + o];
        }
        output[o] = sum;
    }
    return output;
}

void relu_and_drop(
    Row& row, const DropoutLots& lots, UnitGroup group, std::size_t l, std::size_t s) {
    std::vector<std::uint16_t> row_lots(lots_for(row.size()));
    lots.draw(group, l, s, 0, row_lots);
    for (std::size_t u = 0; u < row.size(); ++u) {
        const bool kept = row_lots[u] >= lots.threshold();
        row[u] = kept && !(row[u] <= 0.0) ? row[u] * lots.scale() : 0.0;  // NaN stays NaN
    }
}

Row input_of(const data::Batch& batch, std::size_t t, std::size_t s) {
    const data::RowBlock& rows = t == 0 ? batch.cells : batch.drugs;
    const std::uint32_t entity = std::array{batch.cell[s], batch.drug1[s], batch.drug2[s]}.at(t);
    const float* first = rows.values + entity * rows.columns;
    return {first, first + rows.columns};
}

Trace forward(const Pass& pass, const data::Batch& batch, std::size_t s) {
    Trace trace;
    Row concatenated;
    for (std::size_t t = 0; t < 3; ++t) {
        Rows& rows = trace.tracks.at(t);
        rows.push_back(input_of(batch, t, s));
        for (std::size_t l = 0; l < pass.track(t).size(); ++l) {
            rows.push_back(fully_connected(pass.track(t)[l], pass.weights, rows.back()));
            relu_and_drop(rows.back(), pass.lots, track_groups.at(t), l, s);
        }
        concatenated.insert(concatenated.end(), rows.back().begin(), rows.back().end());
    }
    if (pass.layout.shape.has_dose) {
        concatenated.push_back(static_cast<double>(batch.dose1[s]));
        concatenated.push_back(static_cast<double>(batch.dose2[s]));
    }
    trace.top.push_back(std::move(concatenated));
    for (std::size_t l = 0; l < pass.layout.top.size(); ++l) {
        trace.top.push_back(fully_connected(pass.layout.top[l], pass.weights, trace.top.back()));
        if (l + 1 < pass.layout.top.size()) {
            relu_and_drop(trace.top.back(), pass.lots, UnitGroup::top, l, s);
        }
    }
    return trace;
}

/// Adds the layer's gradient to `sums` and returns the gradient with respect to its input.
Row backward(const Layer& layer,
             std::span<const float> weights,
             const Row& input,
             const Row& output_gradient,
             std::span<double> sums) {
    Row input_gradient(layer.inputs);
    for (std::size_t o = 0; o < layer.outputs; ++o) {
        sums[layer.bias_at + o] += output_gradient[o];
    }
    for (std::size_t i = 0; i < layer.inputs; ++i) {
        for (std::size_t o = 0; o < layer.outputs; ++o) {
            const std::size_t at = layer.weights_at + i * layer.outputs + o;
            sums[at] += input[i] * output_gradient[o];
            input_gradient[i] += weights[at] * output_gradient[o];
        }
    }
    return input_gradient;
}

/// Turns the gradient with respect to a block's output into that before ReLU and dropout.
void undo_relu_and_drop(Row& gradient, const Row& output, const DropoutLots& lots) {
    for (std::size_t u = 0; u < output.size(); ++u) {
        gradient[u] = output[u] > 0.0 ? gradient[u] * lots.scale() : 0.0;
    }
}

void backward(const Pass& pass, const Trace& trace, double error_gradient, std::span<double> sums) {
    Row gradient{error_gradient};
    for (std::size_t l = pass.layout.top.size(); l-- > 0;) {
        if (l + 1 < pass.layout.top.size()) {
            undo_relu_and_drop(gradient, trace.top[l + 1], pass.lots);
        }
        gradient = backward(pass.layout.top[l], pass.weights, trace.top[l], gradient, sums);
    }
    const auto hidden = static_cast<std::ptrdiff_t>(pass.layout.shape.hidden);
    for (std::size_t t = 0; t < 3; ++t) {
        const auto part = gradient.begin() + static_cast<std::ptrdiff_t>(t) * hidden;
        Row track_gradient(part, part + hidden);
        const Rows& rows = trace.tracks.at(t);
        for (std::size_t l = pass.track(t).size(); l-- > 0;) {
            undo_relu_and_drop(track_gradient, rows[l + 1], pass.lots);
            track_gradient =
                backward(pass.track(t)[l], pass.weights, rows[l], track_gradient, sums);
        }
    }
}

}  // namespace

ReferenceEngine::ReferenceEngine(const ModelShape& shape)
    : layout_(shape), sums_(layout_.arena_size) {}

double ReferenceEngine::gradient(std::span<const float> weights,
                                 const data::Batch& batch,
                                 const DropoutRule& dropout,
                                 double loss_scale_samples,
                                 std::span<float> gradient) {
    const DropoutLots lots(dropout);
    const Pass pass{layout_, weights, lots};
    std::fill(sums_.begin(), sums_.end(), 0.0);
    double squared_errors = 0.0;
    for (std::size_t s = 0; s < batch.size(); ++s) {
        const Trace trace = forward(pass, batch, s);
        const double error = trace.top.back()[0] - static_cast<double>(batch.response[s]);
        squared_errors += error * error;
        backward(pass, trace, 2.0 * error / loss_scale_samples, sums_);
    }
    std::transform(sums_.begin(), sums_.end(), gradient.begin(), [](double sum) {
        return static_cast<float>(sum);
    });
    return squared_errors;
}

void ReferenceEngine::predict(std::span<const float> weights,
                              const data::Batch& batch,
                              std::span<float> out) {
    const DropoutLots lots({.probability = 0.0});
    const Pass pass{layout_, weights, lots};
    for (std::size_t s = 0; s < batch.size(); ++s) {
        out[s] = static_cast<float>(forward(pass, batch, s).top.back()[0]);
        if (meanwhile()) { meanwhile()(); }
    }
}

}  // namespace ltfb::trainer
