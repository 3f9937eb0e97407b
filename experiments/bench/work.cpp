#include "experiments/bench/work.hpp"

namespace ltfb::bench {

namespace {

double product(double rows, const trainer::Layer& layer) {
    return 2.0 * rows * static_cast<double>(layer.inputs * layer.outputs);
}

double track_step(const std::vector<trainer::Layer>& track, double entities, double rows) {
    double flops = 2.0 * product(entities, track.front());  // forward, weight gradient
    for (std::size_t l = 1; l < track.size(); ++l) { flops += 3.0 * product(rows, track[l]); }
    return flops;
}

double track_forward(const std::vector<trainer::Layer>& track, double entities) {
    double flops = 0.0;
    for (const auto& layer : track) { flops += product(entities, layer); }
    return flops;
}

}  // namespace

double step_flops(const trainer::ModelLayout& layout, const Options& options) {
    const double b = options.batch;
    double flops = track_step(layout.cell_track, static_cast<double>(options.cells), b) +
                   track_step(layout.drug_track, static_cast<double>(options.drugs), 2.0 * b);
    for (const auto& layer : layout.top) { flops += 3.0 * product(b, layer); }
    return flops;
}

double predict_flops(const trainer::ModelLayout& layout, const Options& options) {
    const auto cells = static_cast<double>(options.cells);
    const auto drugs = static_cast<double>(options.drugs);
    double flops = track_forward(layout.cell_track, cells) +
                   track_forward(layout.drug_track, drugs) +
                   product((cells + 2.0 * drugs) / 3.0, layout.top.front());
    for (std::size_t l = 1; l < layout.top.size(); ++l) {
        flops += product(static_cast<double>(options.samples), layout.top[l]);
    }
    return flops;
}

double update_bytes(const trainer::ModelLayout& layout) {
    constexpr double passes = 7.0;  // gradient in; weight and two moments in and out
    return passes * static_cast<double>(layout.arena_size * sizeof(float));
}

}  // namespace ltfb::bench
