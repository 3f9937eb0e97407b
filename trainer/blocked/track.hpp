#pragma once

#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "trainer/blocked/dropped_units.hpp"
#include "trainer/blocked/group_batch.hpp"
#include "trainer/blocked/keep_bits.hpp"
#include "trainer/blocked/layer_gradient.hpp"
#include "trainer/blocked/step_memory.hpp"
#include "trainer/crew.hpp"

namespace ltfb::trainer::blocked {

/// What both passes of a step need everywhere.
struct StepPass {
    const TileOps& ops;
    std::span<const float> weights;  // [arena]
    std::byte* packed;
    const DropoutLots& lots;
};

/// The blocks of a track for one batch, forward and back. Each sample passes through it once for
/// each of its groups (the drug track has two).
///
/// Dropout follows ReLU, so the first layer depends on the entity alone: it is computed for the
/// batch's distinct rows, gathered, and its gradient summed back by entity before the weight
/// gradient. Without dropout, or with masks by entity, all layers are.
///
/// Where products are dear (fp32), the second layer is, too, but for what dropout takes, which is
/// little:  W^T (a - d) = W^T a - W^T d,  a what the first layer makes of an entity, scaled as what
/// is kept, d those of its units that are dropped in a row. The first product is made once per
/// entity, the second is sparse. The gradients with respect to W and a split alike.
///
/// A layer's work comes in items, which any worker of any seat may do; all items of a layer are
/// done before the next layer's are begun.
class Track {
public:
    /// `layers` must outlive it. `first_part`: of the concatenation, the track's.
    Track(const std::vector<LayerBlocks>& layers,
          std::vector<UnitGroup> groups,
          std::size_t first_part);

    /// Plans memory; called again where larger slices need more.
    void plan(StepMemory& memory);

    [[nodiscard]] std::size_t layers() const { return layers_.size(); }

    /// On one thread of each seat. `workers`: that share out the items.
    void set_batch(const StepPass& pass, const GroupBatch& batch, std::size_t workers);
    /// Masks that the layers find in the words of their outputs.
    void add_keep_bits(const StepPass& pass,
                       const Activation& concat,
                       std::vector<KeepBits>& all) const;
    /// This worker's part of what its seat has of the features.
    void read_features(const StepPass& pass, const GroupBatch& batch, const Worker& worker) const;

    [[nodiscard]] std::size_t forward_items(std::size_t l) const { return shares(l).items(); }
    void forward(const StepPass& pass,
                 std::size_t l,
                 std::size_t item,
                 std::size_t next,
                 const Activation& concat,
                 AlignedArray<float>& scratch) const;

    /// Where the last layer's gradient comes from: the first layer after the concatenation.
    struct Above {
        const Gradient& gradient;
        const LayerBlocks& layer;
        const Activation& concat;
    };
    [[nodiscard]] std::size_t backward_items(std::size_t l) const {
        return backward_shares(l).items();
    }
    /// The gradient of layer l before ReLU from that of the layer above.
    void backward(const StepPass& pass,
                  std::size_t l,
                  std::size_t item,
                  std::size_t next,
                  const Above& above,
                  AlignedArray<float>& scratch) const;

    void add_layer_gradients(std::vector<LayerGradient>& all) const;

private:
    [[nodiscard]] std::size_t last() const { return layers_.size() - 1; }
    [[nodiscard]] std::size_t units() const { return layers_[0].output_blocks; }
    [[nodiscard]] std::size_t entity_blocks() const { return filled_.size(); }
    /// Blocks of rows of layer l before ReLU: one row an entity up to the layer that is gathered,
    /// then one a sample and group.
    [[nodiscard]] std::size_t rows(std::size_t l) const {
        return l <= gathered_ ? entity_blocks() : samples_.count();
    }
    /// Rows of a block of what layer l puts out that are not filling.
    [[nodiscard]] std::size_t filled_rows(std::size_t l, std::size_t row) const {
        return l < gathered_ ? filled_[row] : samples_.filled(row);
    }
    /// Whether layer l makes, by entity, what the next one subtracts dropped units from.
    [[nodiscard]] bool is_before_split(std::size_t l) const { return is_split_ && l == 0; }
    /// What is gathered comes from a whole column; so do dropped units.
    [[nodiscard]] Shares shares(std::size_t l) const {
        if (l == gathered_ || is_before_split(l)) { return {rows(l), units()}; }
        return {input(l), rows(l), units(), workers_};
    }
    /// What is summed by entity, or taken from the concatenation, fills a whole column.
    [[nodiscard]] Shares backward_shares(std::size_t l) const {
        if (l == gathered_ || l == last() || is_before_split(l)) {
            return {above_rows(l), units()};
        }
        return {gradients_[l + 1].rows, above_rows(l), units(), workers_};
    }
    /// Of layer l.
    [[nodiscard]] const Panels& input(std::size_t l) const {
        return l == 0 ? features_.rows : outputs_[l - 1].rows;
    }
    [[nodiscard]] std::size_t above_rows(std::size_t l) const {
        return l == last() ? samples_.count() : rows(l + 1);
    }
    /// Position in `entity_` of the first row of a block of samples.
    [[nodiscard]] std::size_t first_sample(std::size_t row) const {
        const std::size_t per_group = samples_.per_group();
        return row / per_group * samples_.samples + row % per_group * side;
    }
    [[nodiscard]] bool has_masks_by_entity(const StepPass& pass) const {
        return !pass.lots.is_off() && pass.lots.scope() == DropoutScope::entity;
    }

    [[nodiscard]] bool may_split() const;
    [[nodiscard]] bool pays_to_split(const DropoutLots& lots) const;
    /// Position in `entity_` of a row of blocks of samples.
    [[nodiscard]] std::size_t sample(std::size_t row) const {
        return first_sample(row / side) + row % side;
    }
    void find_entities(const GroupBatch& batch);
    bool take_whole_table(const GroupBatch& batch);
    bool find_features(const GroupBatch& batch);
    void activate_and_write(const StepPass& pass,
                            std::size_t l,
                            std::size_t row,
                            std::size_t column,
                            const float* bias,
                            const Activation& concat,
                            float* block) const;
    void gather(const StepPass& pass,
                std::size_t column,
                const float* bias,
                const Activation& concat,
                float* z) const;
    template <class Take>
    void multiply_above(const StepPass& pass,
                        std::size_t column,
                        std::size_t next,
                        const Above& above,
                        const Take& take) const;
    void find_dropped(std::size_t column, const float* active) const;
    void subtract_dropped(const StepPass& pass, std::size_t column, float* z) const;
    void subtract_dropped_gradients(const StepPass& pass,
                                    std::size_t column,
                                    float* gradients) const;
    void take_gradient(const StepPass& pass,
                       std::size_t l,
                       std::size_t row,
                       std::size_t column,
                       const float* block,
                       float* sums) const;

    const std::vector<LayerBlocks>& layers_;
    std::vector<UnitGroup> groups_;
    std::size_t first_part_;

    // Of the batch at hand; the same on every seat but for `own_rows_`.
    std::size_t workers_ = 1;
    std::size_t gathered_ = 0;  // layer whose output goes from one row an entity to one a sample
    bool is_split_ = false;     // the second layer: into products by entity and sparse ones
    RowBlocks samples_;
    std::vector<std::uint32_t> entity_;    // position of each sample's entity [groups x b]
    std::vector<std::uint32_t> ids_;       // of the entity at each position
    std::vector<std::size_t> filled_;      // entities of each block of positions
    std::vector<std::size_t> owner_;       // seat that has the features of a block
    std::vector<std::uint32_t> own_rows_;  // where, for this seat's positions
    std::vector<std::uint32_t> position_;  // of an id
    data::RowBlock table_;                 // whole, that this seat has put into `features_`
    bool has_features_ = false;            // those of the batch are there already

    // Planned memory.
    Activation features_;
    std::vector<Activation> outputs_;  // of all layers but the last
    std::vector<Gradient> gradients_;  // of all layers
    RowBits<std::uint32_t> keep_;      // masks of a layer whose output has other rows:
                                       // by entity of the last one, or by sample of the first
    DroppedUnits dropped_;             // of the first layer, by sample
    RowsOut row_gradients_;            // of the second layer before ReLU, by sample
};

}  // namespace ltfb::trainer::blocked
