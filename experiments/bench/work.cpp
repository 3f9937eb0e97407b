#include "experiments/bench/work.hpp"

namespace ltfb::bench {

namespace {

double product(const trainer::DenseShape& shape) {
    return 2.0 * static_cast<double>(shape.rows * shape.inputs * shape.outputs);
}

double track_forward(const std::vector<trainer::Layer>& track, std::size_t entities) {
    double flops = 0.0;
    for (const auto& layer : track) { flops += product({entities, layer.inputs, layer.outputs}); }
    return flops;
}

}  // namespace

StepShapes::StepShapes(const trainer::ModelLayout& layout, const BatchCounts& counts) {
    const auto add_track =
        [this](const std::vector<trainer::Layer>& track, std::size_t entities, std::size_t rows) {
            first_layers.push_back({entities, track.front().inputs, track.front().outputs});
            for (std::size_t l = 1; l < track.size(); ++l) {
                others.push_back({rows, track[l].inputs, track[l].outputs});
            }
        };
    add_track(layout.cell_track, counts.cells, counts.samples);
    add_track(layout.drug_track, counts.drugs, 2 * counts.samples);
    for (const auto& layer : layout.top) {
        others.push_back({counts.samples, layer.inputs, layer.outputs});
    }
}

double flops_of(const StepShapes& shapes) {
    double flops = 0.0;
    for (const auto& shape : shapes.first_layers) { flops += 2.0 * product(shape); }
    for (const auto& shape : shapes.others) { flops += 3.0 * product(shape); }
    return flops;
}

double predict_flops(const trainer::ModelLayout& layout, const BatchCounts& counts) {
    const trainer::Layer& first = layout.top.front();
    const std::size_t part = first.inputs / 3;  // of the concatenation
    double flops = track_forward(layout.cell_track, counts.cells) +
                   track_forward(layout.drug_track, counts.drugs) +
                   product({counts.cells + 2 * counts.drugs, part, first.outputs});
    for (std::size_t l = 1; l < layout.top.size(); ++l) {
        flops += product({counts.samples, layout.top[l].inputs, layout.top[l].outputs});
    }
    return flops;
}

double update_bytes(const trainer::ModelLayout& layout) {
    constexpr double passes = 7.0;  // gradient in; weight and two moments in and out
    return passes * static_cast<double>(layout.arena_size * sizeof(float));
}

}  // namespace ltfb::bench
