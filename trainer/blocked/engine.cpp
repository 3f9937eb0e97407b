#include "trainer/blocked/engine.hpp"

#include <algorithm>
#include <utility>

#include <omp.h>

namespace ltfb::trainer::blocked {

Engine::Engine(const ModelShape& shape, int threads, const TileOps& ops)
    : layout_(shape),
      packed_layout_(layout_, ops.value_bytes),
      threads_(threads),
      ops_(ops),
      cell_track_(packed_layout_.cell_track, {UnitGroup::cell}, 0),
      drug_track_(packed_layout_.drug_track, {UnitGroup::drug1, UnitGroup::drug2}, 1),
      top_(layout_, packed_layout_),
      evaluation_(layout_, ops) {}

void Engine::join(const SeatGroup& group) {
    group_ = group;
    crew_ = Crew(group_, threads_);
    own_crew_ = Crew({}, threads_);
    scratch_.resize(static_cast<std::size_t>(threads_));
    packed_memory_ = group_.allocate(packed_layout_.size_bytes);
    packed_ = packed_memory_.data();
    largest_slice_ = 0;
}

void Engine::load_weights(std::span<const float> weights, ArenaRange range) {
    if (packed_ == nullptr) { join({}); }
    omp_set_num_threads(threads_);
    pack_weights(ops_, packed_layout_, weights, range, packed_);
}

// Planned twice: for the size, then for the places.
void Engine::reserve(std::size_t largest_slice) {
    const std::size_t wanted = std::max<std::size_t>(1, largest_slice);
    if (wanted <= largest_slice_) { return; }
    largest_slice_ = wanted;
    const auto plan = [&](std::byte* place) {
        StepMemory memory{.memory = MemoryPlan(place, ops_.value_bytes),
                          .seat = static_cast<std::size_t>(group_.seat()),
                          .seats = static_cast<std::size_t>(group_.seats()),
                          .largest_slice = wanted};
        batch_.plan(memory);
        cell_track_.plan(memory);
        drug_track_.plan(memory);
        top_.plan(memory);
        return memory.memory.size_bytes();
    };
    step_memory_ = group_.allocate(plan(nullptr));
    plan(step_memory_.data());
}

// 1. Every seat tells all others what its samples are, and each draws the same conclusions;
// 2. all threads of all seats work their way through the layers, forward and back.
double Engine::backpropagate(const StepTask& task) {
    omp_set_num_threads(threads_);
    reserve(task.largest_slice);
    batch_.tell(task.batch);
    group_.publish(task.deadline);
    batch_.read(task.batch);
    const std::size_t first = batch_.begin(batch_.seat());
    DropoutRule dropout = task.dropout;
    dropout.first_sample -= static_cast<std::uint32_t>(first);  // rows are those of all seats
    const DropoutLots lots(dropout);
    const StepPass pass{ops_, task.weights, packed_, lots};
    keep_bits_.clear();
    layer_gradients_.clear();
    for (Track* track : {&cell_track_, &drug_track_}) {
        track->set_batch(pass, batch_, crew_.workers());
        track->add_keep_bits(pass, top_.concat(), keep_bits_);
        track->add_layer_gradients(layer_gradients_);
    }
    top_.set_batch(pass, batch_, crew_.workers());
    top_.add_keep_bits(pass, keep_bits_);
    top_.add_layer_gradients(layer_gradients_);
    crew_.run(task.deadline, [&](Worker& worker) { work(task, pass, worker); });
    return top_.squared_errors(first, first + task.batch.size());
}

namespace {

/// One layer's items, shared out among all workers, and a wait for what they made.
template <class Work>
void share(const TileOps& ops, Worker& worker, std::size_t items, const Work& work) {
    {
        const TileScope scope(ops);
        worker.share(items, work);
    }
    worker.wait();
}

}  // namespace

// The drugs first: their items are the larger ones.
template <class Items, class Work>
void Engine::share_tracks(const StepPass& pass,
                          Worker& worker,
                          const Items& items,
                          const Work& work) {
    const std::size_t of_drugs = items(drug_track_);
    share(pass.ops, worker, of_drugs + items(cell_track_), [&](std::size_t item, std::size_t next) {
        if (item < of_drugs) {
            work(drug_track_, item, next);
        } else {
            work(cell_track_, item - of_drugs, next - of_drugs);
        }
    });
}

void Engine::work(const StepTask& task, const StepPass& pass, Worker& worker) {
    AlignedArray<float>& scratch = scratch_[worker.thread()];
    cell_track_.read_features(pass, batch_, worker);
    drug_track_.read_features(pass, batch_, worker);
    std::size_t row_blocks = 0;
    for (const KeepBits& wanted : keep_bits_) {
        row_blocks = std::max(row_blocks, blocks_for(wanted.rows));
    }
    share(pass.ops, worker, keep_bits_.size() * row_blocks, [&](std::size_t item, std::size_t) {
        draw_keep_bits(pass.ops, pass.lots, keep_bits_[item / row_blocks], item % row_blocks);
    });
    for (std::size_t l = 0; l < cell_track_.layers(); ++l) {
        share_tracks(
            pass,
            worker,
            [l](const Track& track) { return track.forward_items(l); },
            [&](const Track& track, std::size_t item, std::size_t next) {
                track.forward(pass, l, item, next, top_.concat(), scratch);
            });
    }
    for (std::size_t l = 0; l < top_.layers(); ++l) {
        share(pass.ops, worker, top_.forward_items(l), [&](std::size_t item, std::size_t next) {
            top_.forward(pass, l, item, next);
        });
    }
    share(pass.ops, worker, top_.prediction_items(), [&](std::size_t row, std::size_t) {
        top_.predict(pass, row, task.loss_scale_samples);
    });
    for (std::size_t l = top_.layers() - 1; l-- > 0;) {
        share(pass.ops, worker, top_.backward_items(l), [&](std::size_t item, std::size_t next) {
            top_.backward(pass, l, item, next);
        });
    }
    for (std::size_t l = cell_track_.layers(); l-- > 0;) {
        share_tracks(
            pass,
            worker,
            [l](const Track& track) { return track.backward_items(l); },
            [&](const Track& track, std::size_t item, std::size_t next) {
                track.backward(pass, l, item, next, top_.first(), scratch);
            });
    }
}

GradientSources Engine::gradient_sources() const {
    return {.ops = ops_,
            .layers = layer_gradients_,
            .output = top_.output_gradient(),
            .doses = {batch_.doses(0).data(), batch_.doses(1).data()}};
}

void Engine::weight_gradients(std::span<const float> weights,
                              ArenaRange range,
                              GradientSink& sink) {
    weight_gradient_.make(gradient_sources(),
                          {.range = range, .sink = sink, .weights = weights, .packed = packed_},
                          own_crew_,
                          {});
}

void Engine::update_weights(std::span<const float> weights,
                            GradientSink& sink,
                            const mpi::Deadline& deadline) {
    const ArenaRange all{0, layout_.arena_size};
    weight_gradient_.make(gradient_sources(),
                          {.range = all, .sink = sink, .weights = weights, .packed = packed_},
                          crew_,
                          deadline);
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

}  // namespace ltfb::trainer::blocked
