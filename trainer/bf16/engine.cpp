#include "trainer/bf16/engine.hpp"

#include <algorithm>
#include <utility>

#include <omp.h>

namespace ltfb::trainer::bf16 {

Engine::Engine(const ModelShape& shape, int threads, const TileOps& ops)
    : layout_(shape),
      packed_layout_(layout_),
      threads_(threads),
      ops_(ops),
      cell_track_(packed_layout_.cell_track, {UnitGroup::cell}, 0),
      drug_track_(packed_layout_.drug_track, {UnitGroup::drug1, UnitGroup::drug2}, 1),
      top_(layout_, packed_layout_),
      evaluation_(layout_, ops) {}

void Engine::join(const SeatGroup& group) {
    group_ = group;
    packed_memory_ = group_.allocate(packed_layout_.size * sizeof(Value));
    packed_ = reinterpret_cast<Value*>(packed_memory_.data());
    slice_blocks_ = 0;
}

void Engine::load_weights(std::span<const float> weights, ArenaRange range) {
    if (packed_ == nullptr) { join({}); }
    omp_set_num_threads(threads_);
    pack_weights(ops_, packed_layout_, weights, range, packed_);
}

// Planned twice: for the sizes, then for the places.
void Engine::reserve(std::size_t largest_slice) {
    const std::size_t blocks = std::max<std::size_t>(1, blocks_for(largest_slice));
    if (blocks <= slice_blocks_) { return; }
    slice_blocks_ = blocks;
    const auto plan = [&](std::byte* own, std::byte* group) {
        StepMemory memory{.own = MemoryPlan(own),
                          .group = MemoryPlan(group),
                          .seat = static_cast<std::size_t>(group_.seat()),
                          .seats = static_cast<std::size_t>(group_.seats()),
                          .slice_blocks = blocks};
        cell_track_.plan(memory);
        drug_track_.plan(memory);
        top_.plan(memory);
        return std::pair(memory.own.size_bytes(), memory.group.size_bytes());
    };
    const auto [own_bytes, group_bytes] = plan(nullptr, nullptr);
    step_memory_ = AlignedArray<std::byte>(own_bytes);
    step_group_memory_ = group_.allocate(group_bytes);
    plan(step_memory_.data(), step_group_memory_.data());
    layer_gradients_.clear();
    cell_track_.add_layer_gradients(layer_gradients_);
    drug_track_.add_layer_gradients(layer_gradients_);
    top_.add_layer_gradients(layer_gradients_);
}

double Engine::backpropagate(const StepTask& task) {
    omp_set_num_threads(threads_);
    reserve(task.largest_slice);
    const data::Batch& batch = task.batch;
    const DropoutLots lots(task.dropout);
    const StepPass pass{ops_, task.weights, packed_, lots};
    const std::size_t units = packed_layout_.top.front().part_blocks;

    top_.set_batch(batch);
    cell_track_.forward(pass, batch.cells, batch.cell_ids, {batch.cell}, top_.concat());
    drug_track_.forward(
        pass, batch.drugs, batch.drug_ids, {batch.drug1, batch.drug2}, top_.concat());
    const double squared_errors = top_.forward(pass, batch, task.loss_scale_samples);
    top_.backward(pass, [&](std::size_t row, std::size_t column, float* block) {
        const std::size_t part = column / units;
        if (part == 0) {
            cell_track_.take_output_gradient(pass, 0, row, column, block);
        } else {
            drug_track_.take_output_gradient(pass, part - 1, row, column % units, block);
        }
    });
    cell_track_.backward(pass);
    drug_track_.backward(pass);
    return squared_errors;
}

void Engine::weight_gradients(std::span<const float> weights,
                              ArenaRange range,
                              GradientSink& sink) {
    omp_set_num_threads(threads_);
    weight_gradient_.make({.ops = ops_,
                           .layers = layer_gradients_,
                           .output = top_.output_gradient(),
                           .doses = {top_.doses(0), top_.doses(1)},
                           .seats = static_cast<std::size_t>(group_.seats())},
                          {.range = range, .sink = sink, .weights = weights, .packed = packed_});
}

double Engine::gradient(std::span<const float> weights,
                        const data::Batch& batch,
                        const DropoutRule& dropout,
                        double loss_scale_samples,
                        std::span<float> gradient,
                        const GradientReady& ready) {
    const ArenaRange all{0, layout_.arena_size};
    load_weights(weights, all);
    const double squared_errors =
        backpropagate({weights, batch, dropout, loss_scale_samples, batch.size()});
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    StoreGradient store(gradient);
    weight_gradients(weights, all, store);
    if (ready) { ready(all); }
    return squared_errors;
}

void Engine::predict(std::span<const float> weights,
                     const data::Batch& batch,
                     std::span<float> out) {
    omp_set_num_threads(threads_);
    evaluation_.predict(weights, batch, out, meanwhile());
}

}  // namespace ltfb::trainer::bf16
