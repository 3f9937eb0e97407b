#pragma once

#include <vector>

#include "core/aligned.hpp"
#include "trainer/blocked/evaluation.hpp"
#include "trainer/blocked/top.hpp"
#include "trainer/blocked/weight_gradient.hpp"
#include "trainer/engine.hpp"

namespace ltfb::trainer::blocked {

/// Products of blocks with operands of one precision and fp32 sums, weights, loss and updates, by
/// the fastest instructions that the processor has. In bf16 activations are rounded once, as they
/// are made.
class Engine final : public StagedEngine {
public:
    Engine(const ModelShape& shape, int threads, const TileOps& ops);

    [[nodiscard]] const ModelLayout& layout() const noexcept override { return layout_; }
    double gradient(std::span<const float> weights,
                    const data::Batch& batch,
                    const DropoutRule& dropout,
                    double loss_scale_samples,
                    std::span<float> gradient,
                    const GradientReady& ready = {}) override;
    void predict(std::span<const float> weights,
                 const data::Batch& batch,
                 std::span<float> out) override;

    void join(const SeatGroup& group) override;
    void load_weights(std::span<const float> weights, ArenaRange range) override;
    double backpropagate(const StepTask& task) override;
    void weight_gradients(std::span<const float> weights,
                          ArenaRange range,
                          GradientSink& sink) override;
    void update_weights(std::span<const float> weights,
                        GradientSink& sink,
                        const mpi::Deadline& deadline) override;

private:
    void reserve(std::size_t largest_slice);
    [[nodiscard]] GradientSources gradient_sources() const;
    void work(const StepTask& task, const StepPass& pass, Worker& worker);
    /// Items of both tracks, which any worker may do beside each other.
    template <class Items, class Work>
    void share_tracks(const StepPass& pass, Worker& worker, const Items& items, const Work& work);

    ModelLayout layout_;
    PackedLayout packed_layout_;
    int threads_;
    const TileOps& ops_;
    SeatGroup group_;
    Crew crew_;
    Crew own_crew_;  // of this seat alone
    GroupMemory packed_memory_;
    GroupMemory step_memory_;
    std::size_t largest_slice_ = 0;  // that the memory is planned for
    std::byte* packed_ = nullptr;
    GroupBatch batch_;
    Track cell_track_;
    Track drug_track_;
    Top top_;
    std::vector<KeepBits> keep_bits_;
    std::vector<AlignedArray<float>> scratch_;  // of each thread
    std::vector<LayerGradient> layer_gradients_;
    WeightGradient weight_gradient_;
    Evaluation evaluation_;
};

}  // namespace ltfb::trainer::blocked
