#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "data/samples.hpp"
#include "trainer/block_ops.hpp"
#include "trainer/model.hpp"
#include "trainer/onednn_workspace.hpp"

namespace ltfb::trainer {

/// What both passes of a track need; the same for both.
struct TrackPass {
    OnednnWorkspace& workspace;
    const float* weights;  // [arena]
    data::RowBlock features;
    const DropoutLots& lots;
};

/// The blocks of a track for one batch, forward and back. Each sample passes through it once for
/// each of its groups (the drug track has two), all as one batch of groups x b rows.
///
/// Dropout follows ReLU, so the first layer depends on the entity alone: it is computed for the
/// batch's distinct rows, and its gradient rows are summed back by entity before the weight
/// gradient. The last block writes straight into the concatenation, H columns a group.
class OnednnTrack {
public:
    OnednnTrack(std::vector<Layer> layers, std::vector<UnitGroup> groups);

    /// `entities`: for each group the feature rows of its samples [b]. `columns`: where the track's
    /// columns begin in the concatenation [b x C].
    void forward(const TrackPass& pass,
                 std::initializer_list<std::span<const std::uint32_t>> entities,
                 const RowsOut& columns);

    /// Writes the gradient of the track's layers into `gradient` [arena]; follows `forward`.
    /// `columns` are what it wrote, `column_gradients` lie alike.
    void backward(const TrackPass& pass,
                  const RowsIn& columns,
                  const RowsIn& column_gradients,
                  float* gradient);

private:
    [[nodiscard]] std::size_t samples() const { return entity_.size() / groups_.size(); }
    [[nodiscard]] bool is_last(std::size_t l) const { return l + 1 == layers_.size(); }

    std::vector<Layer> layers_;
    std::vector<UnitGroup> groups_;
    std::size_t hidden_;
    std::vector<std::uint32_t> entity_;  // [groups x b]
    EntityRows entity_rows_;
    Scratch first_;                 // first layer before ReLU [entities x H]
    std::vector<Scratch> outputs_;  // of all blocks but the last [groups x b x H]
    Scratch entity_gradient_;       // [entities x H]
};

}  // namespace ltfb::trainer
