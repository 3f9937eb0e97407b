#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "trainer/blocked/layer_gradient.hpp"
#include "trainer/blocked/top.hpp"
#include "trainer/crew.hpp"
#include "trainer/gradient_sink.hpp"

namespace ltfb::trainer::blocked {

/// Everything that the second stage of a step works from; complete once all seats of the group have
/// been through the first.
struct GradientSources {
    const TileOps& ops;
    std::span<const LayerGradient> layers;
    OutputGradient output;
    std::array<const float*, 2> doses{};  // [positions]
};

/// Where gradients go.
struct Destination {
    ArenaRange range;  // what of the arena is wanted
    GradientSink& sink;
    std::span<const float> weights;  // [arena]
    std::byte* packed = nullptr;
};

/// Makes the gradient of the weights in a range, some rows at a time, and hands it to a sink while
/// it is in the cache. Where the sink updates the weights, their part of the packed ones follows.
/// Blocks across the border of the range are made by both sides, each of which takes its own part.
class WeightGradient {
public:
    /// Collective over the crew, all of whose seats name the same range.
    void make(const GradientSources& sources,
              const Destination& destination,
              Crew& crew,
              const mpi::Deadline& deadline);

private:
    /// A row of blocks of a layer's weights, or (none) its biases and what else lies outside of
    /// blocks.
    struct Task {
        const LayerGradient* layer = nullptr;
        std::optional<std::size_t> input_block{};
    };
    struct Scratch {
        AlignedArray<float> gradient;  // of a row of blocks
        AlignedArray<std::byte> packing;
        SparseRows dropped_by_unit;
    };
    void plan(const GradientSources& sources, ArenaRange range);
    void make_rows(const GradientSources& sources,
                   const LayerGradient& layer,
                   std::size_t input_block,
                   const Destination& destination,
                   Scratch& scratch) const;
    void make_rest(const GradientSources& sources,
                   const LayerGradient& layer,
                   const Destination& destination) const;

    std::vector<Task> tasks_;
    std::vector<float> ones_;
    std::size_t gradient_size_ = 0;  // floats of the widest row of blocks
    std::vector<Scratch> scratch_;   // of each thread
};

}  // namespace ltfb::trainer::blocked
