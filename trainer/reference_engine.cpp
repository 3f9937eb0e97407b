#include "trainer/reference_engine.hpp"

#include <algorithm>
#include <array>

#include "trainer/bf16_rounding.hpp"
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
    Precision precision;

    /// A factor of a block's product as the precision has it.
    [[nodiscard]] double factor(double value) const {
        return precision == Precision::bf16 ? from_bf16(to_bf16(static_cast<float>(value))) : value;
    }
    /// The layer's weight, and how many of its inputs are factors: not the doses, and none of the
    /// output layer.
    [[nodiscard]] double weight(const Layer& layer, std::size_t i, std::size_t o) const {
        const double value = weights[layer.weights_at + i * layer.outputs + o];
        const bool is_dose = &layer == &layout.top.front() && i >= 3 * layout.shape.hidden;
        return is_dose || is_output(layer) ? value : factor(value);
    }
    [[nodiscard]] bool is_output(const Layer& layer) const { return &layer == &layout.top.back(); }
    [[nodiscard]] const std::vector<Layer>& track(std::size_t t) const {
        return t == 0 ? layout.cell_track : layout.drug_track;
    }
};

Row fully_connected(const Pass& pass, const Layer& layer, const Row& input) {
    Row output(layer.outputs);
    for (std::size_t o = 0; o < layer.outputs; ++o) {
        double sum = pass.weights[layer.bias_at + o];
        for (std::size_t i = 0; i < layer.inputs; ++i) {
            sum += input[i] * pass.weight(layer, i, o);
        }
        output[o] = sum;
    }
    return output;
}

/// What a mask is for: a sample's units in group `group`, of a track those of entity `id`.
struct MaskOwner {
    UnitGroup group;
    std::size_t sample;
    std::uint32_t id;
};

void relu_and_drop(Row& row, const Pass& pass, const MaskOwner& owner, std::size_t l) {
    const DropoutLots& lots = pass.lots;
    std::vector<std::uint16_t> row_lots(lots_for(row.size()));
    if (owner.group != UnitGroup::top && lots.scope() == DropoutScope::entity) {
        lots.draw_for_entity(owner.group, l, owner.id, 0, row_lots);
    } else {
        lots.draw(owner.group, l, owner.sample, 0, row_lots);
    }
    for (std::size_t u = 0; u < row.size(); ++u) {
        const bool kept = row_lots[u] >= lots.threshold();
        const bool is_zero = !kept || row[u] <= 0.0;  // NaN stays NaN
        row[u] = is_zero ? 0.0 : pass.factor(row[u] * lots.scale());
    }
}

std::uint32_t entity_of(const data::Batch& batch, std::size_t t, std::size_t s) {
    return std::array{batch.cell[s], batch.drug1[s], batch.drug2[s]}.at(t);
}

std::uint32_t entity_id(const data::Batch& batch, std::size_t t, std::size_t s) {
    return (t == 0 ? batch.cell_ids : batch.drug_ids)[entity_of(batch, t, s)];
}

Row input_of(const Pass& pass, const data::Batch& batch, std::size_t t, std::size_t s) {
    const data::RowBlock& rows = t == 0 ? batch.cells : batch.drugs;
    const float* first = rows.values + entity_of(batch, t, s) * rows.columns;
    Row input(first, first + rows.columns);
    for (double& value : input) { value = pass.factor(value); }
    return input;
}

Trace forward(const Pass& pass, const data::Batch& batch, std::size_t s) {
    Trace trace;
    Row concatenated;
    for (std::size_t t = 0; t < 3; ++t) {
        Rows& rows = trace.tracks.at(t);
        const MaskOwner owner{track_groups.at(t), s, entity_id(batch, t, s)};
        rows.push_back(input_of(pass, batch, t, s));
        for (std::size_t l = 0; l < pass.track(t).size(); ++l) {
            rows.push_back(fully_connected(pass, pass.track(t)[l], rows.back()));
            relu_and_drop(rows.back(), pass, owner, l);
        }
        concatenated.insert(concatenated.end(), rows.back().begin(), rows.back().end());
    }
    if (pass.layout.shape.has_dose) {
        concatenated.push_back(static_cast<double>(batch.dose1[s]));
        concatenated.push_back(static_cast<double>(batch.dose2[s]));
    }
    trace.top.push_back(std::move(concatenated));
    for (std::size_t l = 0; l < pass.layout.top.size(); ++l) {
        trace.top.push_back(fully_connected(pass, pass.layout.top[l], trace.top.back()));
        if (l + 1 < pass.layout.top.size()) {
            relu_and_drop(trace.top.back(), pass, {UnitGroup::top, s, 0}, l);
        }
    }
    return trace;
}

/// Adds the layer's gradient to `sums` and returns the gradient with respect to its input.
Row backward(const Pass& pass,
             const Layer& layer,
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
            input_gradient[i] += pass.weight(layer, i, o) * output_gradient[o];
        }
    }
    return input_gradient;
}

/// Turns the gradient with respect to a block's output into that before ReLU and dropout.
void undo_relu_and_drop(Row& gradient, const Row& output, const Pass& pass) {
    for (std::size_t u = 0; u < output.size(); ++u) {
        gradient[u] = output[u] > 0.0 ? pass.factor(gradient[u] * pass.lots.scale()) : 0.0;
    }
}

void backward(const Pass& pass, const Trace& trace, double error_gradient, std::span<double> sums) {
    Row gradient{error_gradient};
    for (std::size_t l = pass.layout.top.size(); l-- > 0;) {
        if (l + 1 < pass.layout.top.size()) {
            undo_relu_and_drop(gradient, trace.top[l + 1], pass);
        }
        gradient = backward(pass, pass.layout.top[l], trace.top[l], gradient, sums);
    }
    const auto hidden = static_cast<std::ptrdiff_t>(pass.layout.shape.hidden);
    for (std::size_t t = 0; t < 3; ++t) {
        const auto part = gradient.begin() + static_cast<std::ptrdiff_t>(t) * hidden;
        Row track_gradient(part, part + hidden);
        const Rows& rows = trace.tracks.at(t);
        for (std::size_t l = pass.track(t).size(); l-- > 0;) {
            undo_relu_and_drop(track_gradient, rows[l + 1], pass);
            track_gradient = backward(pass, pass.track(t)[l], rows[l], track_gradient, sums);
        }
    }
}

}  // namespace

ReferenceEngine::ReferenceEngine(const ModelShape& shape, Precision precision)
    : layout_(shape), precision_(precision), sums_(layout_.arena_size) {}

double ReferenceEngine::gradient(std::span<const float> weights,
                                 const data::Batch& batch,
                                 const DropoutRule& dropout,
                                 double loss_scale_samples,
                                 std::span<float> gradient,
                                 const GradientReady& ready) {
    const DropoutLots lots(dropout);
    const Pass pass{layout_, weights, lots, precision_};
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
    for (const auto* layers : {&layout_.top, &layout_.cell_track, &layout_.drug_track}) {
        for (auto layer = layers->rbegin(); ready && layer != layers->rend(); ++layer) {
            ready(range_of(layout_, *layer));
        }
    }
    return squared_errors;
}

void ReferenceEngine::predict(std::span<const float> weights,
                              const data::Batch& batch,
                              std::span<float> out) {
    const DropoutLots lots({.probability = 0.0});
    const Pass pass{layout_, weights, lots, precision_};
    for (std::size_t s = 0; s < batch.size(); ++s) {
        out[s] = static_cast<float>(forward(pass, batch, s).top.back()[0]);
        if (meanwhile()) { meanwhile()(); }
    }
}

}  // namespace ltfb::trainer
