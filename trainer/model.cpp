#include "trainer/model.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/rng.hpp"

namespace ltfb::trainer {

namespace {

constexpr std::size_t floats_per_line = 16;  // a cache line

std::size_t rounded_up(std::size_t floats) {
    return (floats + floats_per_line - 1) / floats_per_line * floats_per_line;
}

void check_shape(const ModelShape& shape) {
    const auto at_least_one = [](std::string_view what, std::size_t value) {
        if (value == 0) { throw InputError(fmt::format("model: {} is 0 (give at least 1)", what)); }
    };
    at_least_one("the number of cell features", shape.cell_features);
    at_least_one("the number of drug features", shape.drug_features);
    at_least_one("the width of the hidden layers", shape.hidden);
    at_least_one("the number of track layers", shape.track_layers);
    at_least_one("the number of top layers", shape.top_layers);
}

/// Two standard normals from two draws (Box and Muller 1958), in single precision: 14 million of
/// them are drawn whenever a model begins.
struct NormalPair {
    float first;
    float second;
};

NormalPair draw_normals(Rng& rng) {
    const float uniform = (static_cast<float>(rng()) + 1.0F) * 0x1.0p-32F;  // (0, 1]
    const float angle = static_cast<float>(rng()) * (2.0F * std::numbers::pi_v<float> * 0x1.0p-32F);
    const float radius = std::sqrt(-2.0F * std::log(std::fmin(uniform, 1.0F)));
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

void init_row(Rng rng, float deviation, std::span<float> row) {
    for (std::size_t o = 0; o < row.size(); o += 2) {
        const NormalPair pair = draw_normals(rng);
        row[o] = deviation * pair.first;
        if (o + 1 < row.size()) { row[o + 1] = deviation * pair.second; }
    }
}

}  // namespace

ModelLayout::ModelLayout(const ModelShape& model_shape) : shape(model_shape) {
    check_shape(shape);
    const auto add = [&](std::string name, std::size_t inputs, std::size_t outputs) {
        const std::size_t weights_at = arena_size;
        const std::size_t bias_at = rounded_up(weights_at + inputs * outputs);
        arena_size = rounded_up(bias_at + outputs);
        parameters += (inputs + 1) * outputs;
        return Layer{std::move(name), inputs, outputs, weights_at, bias_at};
    };
    const auto add_blocks = [&](std::string_view name, std::size_t first_inputs, std::size_t n) {
        std::vector<Layer> layers;
        for (std::size_t l = 0; l < n; ++l) {
            const std::size_t inputs = l == 0 ? first_inputs : shape.hidden;
            layers.push_back(add(fmt::format("{}.{}", name, l), inputs, shape.hidden));
        }
        return layers;
    };
    cell_track = add_blocks("cell", shape.cell_features, shape.track_layers);
    drug_track = add_blocks("drug", shape.drug_features, shape.track_layers);
    const std::size_t doses = shape.has_dose ? 2 : 0;
    top = add_blocks("top", 3 * shape.hidden + doses, shape.top_layers);
    top.push_back(add("output", shape.hidden, 1));
}

void init_weights(const ModelLayout& layout,
                  std::uint64_t seed,
                  std::uint32_t trainer,
                  std::span<float> arena) {
    assert(arena.size() == layout.arena_size);
#pragma omp parallel for
    for (float& value : arena) { value = 0.0F; }
    std::uint32_t first_row = 0;  // counted over all layers: each row has draws of its own
    for (const auto* track : {&layout.cell_track, &layout.drug_track, &layout.top}) {
        for (const Layer& layer : *track) {
            const float deviation = std::sqrt(2.0F / static_cast<float>(layer.inputs));
#pragma omp parallel for
            for (std::size_t i = 0; i < layer.inputs; ++i) {
                const auto row = first_row + static_cast<std::uint32_t>(i);
                init_row(Rng(seed, Stream::init_weights, {trainer, row}),
                         deviation,
                         arena.subspan(layer.weights_at + i * layer.outputs, layer.outputs));
            }
            first_row += static_cast<std::uint32_t>(layer.inputs);
        }
    }
}

}  // namespace ltfb::trainer
