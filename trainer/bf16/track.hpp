#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "data/samples.hpp"
#include "trainer/bf16/keep_masks.hpp"
#include "trainer/bf16/layer_gradient.hpp"
#include "trainer/bf16/step_memory.hpp"
#include "trainer/block_ops.hpp"

namespace ltfb::trainer::bf16 {

/// What both passes of a step need everywhere.
struct StepPass {
    const TileOps& ops;
    std::span<const float> weights;  // [arena]
    Value* packed;
    const DropoutLots& lots;
};

/// The blocks of a track for one batch, forward and back. Each sample passes through it once for
/// each of its groups (the drug track has two).
///
/// Dropout follows ReLU, so the first layer depends on the entity alone: it is computed for the
/// batch's distinct rows, gathered, and its gradient summed back by entity before the weight
/// gradient. Without dropout, or with masks by entity, all layers are.
class Track {
public:
    /// `layers` must outlive it. `first_part`: of the concatenation, the track's.
    Track(const std::vector<LayerBlocks>& layers,
          std::vector<UnitGroup> groups,
          std::size_t first_part);

    /// Plans memory for slices of `memory.slice_blocks`; called again where that changes.
    void plan(StepMemory& memory);

    /// `ids`: of the rows of `features`; `entities`: for each group those of its samples [b].
    void forward(const StepPass& pass,
                 const data::RowBlock& features,
                 std::span<const std::uint32_t> ids,
                 std::initializer_list<std::span<const std::uint32_t>> entities,
                 const Activation& concat);

    /// Takes the gradient of a block of what `forward` put into the concatenation; `part` counts
    /// the track's own. From several threads.
    void take_output_gradient(
        const StepPass& pass, std::size_t part, std::size_t row, std::size_t column, float* block);
    /// The gradients of all layers, once that of the output is complete.
    void backward(const StepPass& pass);

    void add_layer_gradients(std::vector<LayerGradient>& all) const;

private:
    [[nodiscard]] std::size_t last() const { return layers_.size() - 1; }
    /// Rows of layer l before ReLU: one an entity up to the layer that is gathered, then one a
    /// sample and group.
    [[nodiscard]] RowBlocks rows(std::size_t l) const {
        return l <= gathered_ ? RowBlocks{entities_.size(), 1} : samples_;
    }
    /// Position in `entity_` of the first row of a block of samples.
    [[nodiscard]] std::size_t first_sample(std::size_t row) const {
        const std::size_t per_group = samples_.per_group();
        return row / per_group * samples_.samples + row % per_group * side;
    }
    [[nodiscard]] std::size_t width() const { return layers_[0].output_blocks * side; }

    void find_entities(std::initializer_list<std::span<const std::uint32_t>> entities);
    void read_features(const StepPass& pass, const data::RowBlock& features);
    [[nodiscard]] bool has_masks_by_entity(const StepPass& pass) const {
        return !pass.lots.is_off() && pass.lots.scope() == DropoutScope::entity;
    }
    void draw_masks(const StepPass& pass, std::size_t l);
    void take_gathered(const StepPass& pass, std::size_t row, std::size_t column, float* block);
    void gather(const StepPass& pass, const Activation& concat);
    void activate_and_write(const StepPass& pass,
                            std::size_t l,
                            std::size_t row,
                            std::size_t column,
                            const float* bias,
                            const Activation& concat,
                            float* block);
    /// Keeps a block of the gradient of layer l before ReLU, by sample or by entity.
    void take_gradient(const StepPass& pass,
                       std::size_t l,
                       std::size_t row,
                       std::size_t column,
                       const float* block);
    void sum_gathered(const StepPass& pass);

    const std::vector<LayerBlocks>& layers_;
    std::vector<UnitGroup> groups_;
    std::size_t first_part_;

    // Of the batch at hand.
    std::size_t gathered_ = 0;  // layer whose output goes from one row an entity to one a sample
    RowBlocks samples_;
    std::vector<std::uint32_t> entities_;  // the feature rows in use
    std::vector<std::uint32_t> ids_;       // theirs
    std::vector<std::uint32_t> position_;  // of a feature row in `entities_`
    std::vector<std::uint32_t> entity_;    // position in `entities_` of each row [groups x b]
    EntityRows entity_rows_;
    std::vector<KeepMasks> masks_;  // of each group, of the layer at hand
    std::vector<float> bias_;       // of the same [width]
    std::vector<float> no_bias_;    // zeros [width]
    std::size_t seat_ = 0;
    std::size_t seat_tiles_ = 0;

    // Planned memory.
    Activation features_;
    std::vector<Activation> outputs_;  // of all layers but the last
    std::vector<Gradient> gradients_;  // of all layers
    std::vector<std::uint32_t*> tiles_used_;
    float* gathered_z_ = nullptr;  // of the gathered layer before ReLU; with masks by entity, after
    float* sample_gradient_ = nullptr;  // of the same [groups x b x width]
    float* entity_gradient_ = nullptr;  // its sum by entity
};

}  // namespace ltfb::trainer::bf16
