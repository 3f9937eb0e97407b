#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

#include "trainer/block_ops.hpp"
#include "trainer/model.hpp"
#include "trainer/onednn_masked_block.hpp"
#include "trainer/onednn_workspace.hpp"

namespace ltfb::trainer {

/// Hears of which layer the gradient has just been written.
using LayerReady = std::function<void(const Layer&)>;

/// The blocks of a track for one batch, forward and back. Each sample passes through it once for
/// each of its groups (the drug track has two), all as one batch of groups x b rows.
///
/// Dropout follows ReLU, so the first layer depends on the entity alone: it is computed for the
/// batch's distinct rows, and its gradient rows are summed back by entity before the weight
/// gradient. Where few units are dropped, most of the second layer is made by entity, too; where
/// none is, or masks are by entity, the whole track. The last block ends in the concatenation, H
/// columns a group.
class OnednnTrack {
public:
    OnednnTrack(std::vector<Layer> layers, std::vector<UnitGroup> groups);

    /// `entities`: for each group the feature rows of its samples [b]. `columns`: where the track's
    /// columns begin in the concatenation [b x C].
    void forward(const TrackPass& pass,
                 std::initializer_list<std::span<const std::uint32_t>> entities,
                 const RowsOut& columns);

    /// Writes the gradient of the track's layers into `gradient` [arena]; follows `forward`.
    /// `columns` are what it wrote, `column_gradients` lie alike. Calls `ready` for each layer.
    void backward(const TrackPass& pass,
                  const RowsIn& columns,
                  const RowsIn& column_gradients,
                  float* gradient,
                  const LayerReady& ready);

private:
    /// How much of a track is made once per entity, for the batch at hand.
    enum class Route { first_layer, most_of_second_layer, all_layers };

    [[nodiscard]] std::size_t samples() const { return entity_.size() / groups_.size(); }
    [[nodiscard]] bool is_last(std::size_t l) const { return l + 1 == layers_.size(); }
    /// Whether block l is masked: its input is by entity, what it makes by row.
    [[nodiscard]] bool is_masked(std::size_t l) const {
        return l == 1 && route_ == Route::most_of_second_layer;
    }
    /// Whether there is one row an entity, and not one a sample and group, of block l before ReLU,
    [[nodiscard]] bool is_by_entity(std::size_t l) const {
        return l == 0 || route_ == Route::all_layers;
    }
    /// and of what it hands to the next block.
    [[nodiscard]] bool is_output_by_entity(std::size_t l) const {
        return !is_last(l) && is_by_entity(l) && route_ != Route::first_layer;
    }
    [[nodiscard]] std::size_t rows(std::size_t l) const {
        return is_by_entity(l) ? entities_ : entity_.size();
    }
    [[nodiscard]] RowsOut output(std::size_t l, std::size_t group, const RowsOut& columns);
    [[nodiscard]] EntityInput entity_input() const;

    [[nodiscard]] Route choose_route(const DropoutLots& lots) const;
    void prepare(const TrackPass& pass,
                 std::initializer_list<std::span<const std::uint32_t>> entities);
    /// Block l before ReLU [rows(l) x H].
    const float* before_relu(const TrackPass& pass, std::size_t l);
    void relu_and_drop_block(const TrackPass& pass,
                             std::size_t l,
                             const float* z,
                             const RowsOut& columns);
    /// Turns the gradient with respect to the output of block l into that before its ReLU
    /// [rows(l) x H]; of the last block it lies in the columns.
    const float* undo_block(const TrackPass& pass,
                            std::size_t l,
                            const RowsIn& columns,
                            const RowsIn& column_gradients);

    std::vector<Layer> layers_;
    std::vector<UnitGroup> groups_;
    std::size_t hidden_;
    OnednnMaskedBlock second_block_;

    Route route_ = Route::first_layer;
    std::size_t entities_ = 0;
    std::vector<std::uint32_t> entity_;   // [groups x b]
    std::vector<std::uint32_t> row_ids_;  // of the entities of all rows [groups x b]
    EntityRows entity_rows_;
    Scratch first_;                 // first layer before ReLU [entities x H]
    std::vector<Scratch> outputs_;  // of all blocks but the last
    Scratch entity_gradient_;       // [entities x H]
};

}  // namespace ltfb::trainer
