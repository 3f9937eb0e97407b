#include "trainer/onednn_track.hpp"

#include <algorithm>
#include <utility>

namespace ltfb::trainer {

OnednnTrack::OnednnTrack(std::vector<Layer> layers, std::vector<UnitGroup> groups)
    : layers_(std::move(layers)),
      groups_(std::move(groups)),
      hidden_(layers_.front().outputs),
      second_block_(layers_[layers_.size() > 1 ? 1 : 0]),
      outputs_(layers_.size() - 1) {}

void OnednnTrack::prepare(const TrackPass& pass,
                          std::initializer_list<std::span<const std::uint32_t>> entities) {
    entity_.clear();
    for (const auto& group : entities) {
        entity_.insert(entity_.end(), group.begin(), group.end());
    }
    entities_ = pass.features.rows;
    row_ids_.clear();
    for (const std::uint32_t row : entity_) { row_ids_.push_back(pass.ids[row]); }
    entity_rows_.assign(entity_, entities_);

    route_ = choose_route(pass.lots);
}

OnednnTrack::Route OnednnTrack::choose_route(const DropoutLots& lots) const {
    // What the masked block saves is dense work on rows beyond one an entity; what it costs is
    // sparse work, which runs at a fraction of the speed (measured: 7 ms against 35 for 512 rows of
    // 1000 units, one in 20 of them dropped).
    constexpr double sparse_cost = 4.0;
    if (lots.scope() == DropoutScope::entity) { return Route::all_layers; }
    const double spared =
        1.0 - static_cast<double>(entities_) / static_cast<double>(entity_.size());
    if (layers_.size() == 1 || sparse_cost * lots.probability() >= spared) {
        return Route::first_layer;
    }
    return lots.is_off() ? Route::all_layers : Route::most_of_second_layer;
}

EntityInput OnednnTrack::entity_input() const {
    return {entity_, entity_rows_, entities_, outputs_[0].data()};
}

RowsOut OnednnTrack::output(std::size_t l, std::size_t group, const RowsOut& columns) {
    if (is_last(l)) { return {columns.values + group * hidden_, columns.stride}; }
    return {outputs_[l].data() + group * samples() * hidden_, hidden_};
}

void OnednnTrack::forward(const TrackPass& pass,
                          std::initializer_list<std::span<const std::uint32_t>> entities,
                          const RowsOut& columns) {
    prepare(pass, entities);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const float* z = before_relu(pass, l);
        relu_and_drop_block(pass, l, z, columns);
    }
}

const float* OnednnTrack::before_relu(const TrackPass& pass, std::size_t l) {
    const Layer& layer = layers_[l];
    if (is_masked(l)) {
        float* z = pass.workspace.before_relu.reserve(rows(l) * hidden_);
        second_block_.forward(pass, entity_input(), groups_, z);
        return z;
    }
    Scratch& memory = l == 0 ? first_ : pass.workspace.before_relu;
    float* z = memory.reserve(rows(l) * hidden_);
    pass.workspace.dense.forward({rows(l), layer.inputs, hidden_},
                                 l == 0 ? pass.features.values : outputs_[l - 1].data(),
                                 pass.weights + layer.weights_at,
                                 pass.weights + layer.bias_at,
                                 z);
    return z;
}

void OnednnTrack::relu_and_drop_block(const TrackPass& pass,
                                      std::size_t l,
                                      const float* z,
                                      const RowsOut& columns) {
    const std::size_t b = samples();
    if (is_output_by_entity(l)) {
        RowsOut out{outputs_[l].reserve(entities_ * hidden_), hidden_};
        if (route_ == Route::all_layers) {
            const MaskRows masks{groups_[0], l, pass.ids.data()};
            relu_and_drop({entities_, hidden_}, {z, hidden_}, out, pass.lots, masks);
        } else {
            relu({entities_, hidden_}, {z, hidden_}, out);
        }
        return;
    }
    if (!is_last(l)) { outputs_[l].reserve(entity_.size() * hidden_); }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const RowsIn in = is_by_entity(l) ? RowsIn{z, hidden_, &entity_[g * b]}
                                          : RowsIn{z + g * b * hidden_, hidden_};
        MaskRows masks{groups_[g], l};
        if (pass.lots.scope() == DropoutScope::entity) { masks.ids = &row_ids_[g * b]; }
        relu_and_drop({b, hidden_}, in, output(l, g, columns), pass.lots, masks);
    }
}

void OnednnTrack::backward(const TrackPass& pass,
                           const RowsIn& columns,
                           const RowsIn& column_gradients,
                           float* gradient,
                           const LayerReady& ready) {
    OnednnDense& dense = pass.workspace.dense;
    const std::size_t most_rows = std::max(entities_, entity_.size());
    pass.workspace.before_relu_gradient.reserve(most_rows * hidden_);
    float* dx = pass.workspace.input_gradient.reserve(most_rows * hidden_);
    float* entity_gradient = entity_gradient_.reserve(entities_ * hidden_);
    const float* dz = nullptr;
    for (std::size_t l = layers_.size(); l-- > 0;) {
        const Layer& layer = layers_[l];
        const DenseShape shape{rows(l), layer.inputs, hidden_};
        // A masked block has already gone back through the block below.
        if (!is_masked(l + 1)) { dz = undo_block(pass, l, columns, column_gradients); }
        if (is_masked(l)) {
            second_block_.backward(pass, entity_input(), dz, gradient, entity_gradient);
            dz = entity_gradient;
            ready(layer);
            continue;
        }
        dense.weight_gradient(shape,
                              l == 0 ? pass.features.values : outputs_[l - 1].data(),
                              dz,
                              gradient + layer.weights_at,
                              gradient + layer.bias_at);
        ready(layer);
        if (l > 0) { dense.input_gradient(shape, dz, pass.weights + layer.weights_at, dx); }
    }
}

const float* OnednnTrack::undo_block(const TrackPass& pass,
                                     std::size_t l,
                                     const RowsIn& columns,
                                     const RowsIn& column_gradients) {
    const std::size_t b = samples();
    const float scale = pass.lots.scale();
    float* dz = pass.workspace.before_relu_gradient.data();
    const float* dx = pass.workspace.input_gradient.data();
    if (!is_last(l)) {
        const std::size_t n = is_output_by_entity(l) ? entities_ : entity_.size();
        undo_relu_and_drop(
            {n, hidden_}, {dx, hidden_}, {outputs_[l].data(), hidden_}, scale, {dz, hidden_});
    } else {
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            undo_relu_and_drop({b, hidden_},
                               {column_gradients.values + g * hidden_, column_gradients.stride},
                               {columns.values + g * hidden_, columns.stride},
                               scale,
                               {dz + g * b * hidden_, hidden_});
        }
    }
    if (is_by_entity(l) && !is_output_by_entity(l)) {
        sum_by_entity(entity_rows_, hidden_, {dz, hidden_}, {entity_gradient_.data(), hidden_});
        return entity_gradient_.data();
    }
    return dz;
}

}  // namespace ltfb::trainer
