#pragma once

#include <span>
#include <vector>

#include "trainer/block_ops.hpp"
#include "trainer/model.hpp"
#include "trainer/onednn_workspace.hpp"
#include "trainer/sparse_rows.hpp"

namespace ltfb::trainer {

/// What the rows of a track have in common: row r belongs to entity[r], and `active` is what the
/// block below makes of entities, after ReLU and before dropout [entities x H].
struct EntityInput {
    std::span<const std::uint32_t> entity;
    const EntityRows& rows_of;
    std::size_t entities = 0;
    const float* active = nullptr;
};

/// A fully connected layer whose input is, row by row, dropout of what depends on the entity alone:
///     W^T (c (h - d)) = c (W^T h - W^T d),
/// h the entity's activations, d those that are dropped in this row, c the scale of what is kept.
/// The first product is made once per entity; the second is sparse, as few units are dropped. The
/// gradients with respect to W and h split alike. Exact but for rounding.
class OnednnMaskedBlock {
public:
    explicit OnednnMaskedBlock(Layer layer);

    /// Draws the masks and writes z [rows x H], before ReLU. Each of `groups` has as many rows.
    void forward(const TrackPass& pass,
                 const EntityInput& input,
                 std::span<const UnitGroup> groups,
                 float* z);

    /// From `dz` [rows x H]: the layer's gradient into `gradient` [arena], and the gradient of the
    /// entities before their ReLU into `entity_gradient` [entities x H]. Follows `forward`.
    void backward(const TrackPass& pass,
                  const EntityInput& input,
                  const float* dz,
                  float* gradient,
                  float* entity_gradient);

private:
    Layer layer_;
    std::vector<float> zero_bias_;
    SparseRows dropped_;       // [rows x H]
    SparseRows by_unit_;       // its transpose
    Scratch product_;          // h W [entities x H]
    Scratch summed_gradient_;  // dz by entity [entities x H]
};

}  // namespace ltfb::trainer
