#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "core/rng.hpp"
#include "tests/support/toy_samples.hpp"
#include "trainer/engine.hpp"

namespace ltfb::test {

inline trainer::ModelShape model_shape(const ToyShape& toy,
                                       std::size_t hidden,
                                       std::size_t track_layers,
                                       std::size_t top_layers) {
    return {.cell_features = toy.cell_features,
            .drug_features = toy.drug_features,
            .has_dose = toy.has_dose,
            .hidden = hidden,
            .track_layers = track_layers,
            .top_layers = top_layers};
}

/// The first `n` samples of a set.
inline data::Batch first_batch(data::Samples& samples, std::size_t n) {
    std::vector<std::uint32_t> indices(n);
    std::iota(indices.begin(), indices.end(), 0U);
    data::Batch batch;
    samples.assemble(indices, batch);
    return batch;
}

/// Initial weights with biases away from zero, where ReLU has its kink.
inline std::vector<float> toy_weights(const trainer::ModelLayout& layout) {
    std::vector<float> weights(layout.arena_size);
    trainer::init_weights(layout, 5, 0, weights);
    Rng rng(9, Stream::test);
    for (const auto* layers : {&layout.cell_track, &layout.drug_track, &layout.top}) {
        for (const trainer::Layer& layer : *layers) {
            for (std::size_t o = 0; o < layer.outputs; ++o) {
                weights[layer.bias_at + o] = 0.1F + 0.2F * static_cast<float>(rng.normal());
            }
        }
    }
    return weights;
}

/// Largest difference, relative to the largest value of `expected`.
inline double relative_difference(std::span<const float> actual, std::span<const float> expected) {
    double largest = 0.0;
    double difference = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
        const double d =
            std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
        if (!(d <= difference)) { difference = d; }  // NaN counts
    }
    return largest > 0.0 ? difference / largest : difference;
}

}  // namespace ltfb::test
