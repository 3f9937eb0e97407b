#include "trainer/onednn_track.hpp"

#include <utility>

namespace ltfb::trainer {

OnednnTrack::OnednnTrack(std::vector<Layer> layers, std::vector<UnitGroup> groups)
    : layers_(std::move(layers)),
      groups_(std::move(groups)),
      hidden_(layers_.front().outputs),
      outputs_(layers_.size() - 1) {}

void OnednnTrack::forward(const TrackPass& pass,
                          std::initializer_list<std::span<const std::uint32_t>> entities,
                          const RowsOut& columns) {
    entity_.clear();
    for (const auto& group : entities) {
        entity_.insert(entity_.end(), group.begin(), group.end());
    }
    entity_rows_.assign(entity_, pass.features.rows);
    const std::size_t rows = entity_.size();
    const std::size_t b = samples();
    OnednnDense& dense = pass.workspace.dense;
    const auto weights = [&](std::size_t l) { return pass.weights + layers_[l].weights_at; };
    const auto bias = [&](std::size_t l) { return pass.weights + layers_[l].bias_at; };

    float* first = first_.reserve(pass.features.rows * hidden_);
    dense.forward({pass.features.rows, pass.features.columns, hidden_},
                  pass.features.values,
                  weights(0),
                  bias(0),
                  first);
    float* z = pass.workspace.before_relu.reserve(rows * hidden_);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        if (l > 0) {
            dense.forward({rows, hidden_, hidden_}, outputs_[l - 1].data(), weights(l), bias(l), z);
        }
        float* output = is_last(l) ? nullptr : outputs_[l].reserve(rows * hidden_);
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const RowsIn in = l == 0 ? RowsIn{first, hidden_, &entity_[g * b]}
                                     : RowsIn{z + g * b * hidden_, hidden_};
            const RowsOut out = is_last(l) ? RowsOut{columns.values + g * hidden_, columns.stride}
                                           : RowsOut{output + g * b * hidden_, hidden_};
            relu_and_drop({b, hidden_}, in, out, pass.lots, groups_[g], l);
        }
    }
}

void OnednnTrack::backward(const TrackPass& pass,
                           const RowsIn& columns,
                           const RowsIn& column_gradients,
                           float* gradient) {
    const std::size_t rows = entity_.size();
    const std::size_t b = samples();
    OnednnDense& dense = pass.workspace.dense;
    float* dz = pass.workspace.before_relu_gradient.reserve(rows * hidden_);
    float* dx = pass.workspace.input_gradient.reserve(rows * hidden_);
    for (std::size_t l = layers_.size(); l-- > 0;) {
        const Layer& layer = layers_[l];
        if (is_last(l)) {
            for (std::size_t g = 0; g < groups_.size(); ++g) {
                undo_relu_and_drop({b, hidden_},
                                   {column_gradients.values + g * hidden_, column_gradients.stride},
                                   {columns.values + g * hidden_, columns.stride},
                                   pass.lots.scale(),
                                   {dz + g * b * hidden_, hidden_});
            }
        } else {
            undo_relu_and_drop({rows, hidden_},
                               {dx, hidden_},
                               {outputs_[l].data(), hidden_},
                               pass.lots.scale(),
                               {dz, hidden_});
        }
        if (l > 0) {
            const DenseShape shape{rows, hidden_, hidden_};
            dense.weight_gradient(shape,
                                  outputs_[l - 1].data(),
                                  dz,
                                  gradient + layer.weights_at,
                                  gradient + layer.bias_at);
            dense.input_gradient(shape, dz, pass.weights + layer.weights_at, dx);
        }
    }
    float* sums = entity_gradient_.reserve(pass.features.rows * hidden_);
    sum_by_entity(entity_rows_, hidden_, {dz, hidden_}, {sums, hidden_});
    dense.weight_gradient({pass.features.rows, pass.features.columns, hidden_},
                          pass.features.values,
                          sums,
                          gradient + layers_[0].weights_at,
                          gradient + layers_[0].bias_at);
}

}  // namespace ltfb::trainer
