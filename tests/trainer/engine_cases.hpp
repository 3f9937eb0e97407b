#pragma once

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "toy_model.hpp"
#include "trainer/reference_engine.hpp"

namespace ltfb::test {

/// A small model and batch that an engine is compared with the reference on.
struct EngineCase {
    ToyShape toy;
    std::size_t hidden;
    std::size_t track_layers;
    std::size_t top_layers;
    std::size_t batch;

    [[nodiscard]] trainer::ModelShape shape() const {
        return model_shape(toy, hidden, track_layers, top_layers);
    }
};

/// Widths, depths, doses, shared and own rows, a batch of one sample, and with each width
/// `cells` cells.
inline std::vector<EngineCase> engine_cases(std::size_t cells) {
    std::vector<EngineCase> all;
    for (const std::size_t hidden : {1U, 7U, 64U, 130U}) {
        const ToyShape shared{.cells = cells, .drugs = 9, .has_dose = hidden % 2 == 0};
        all.push_back({shared, hidden, 1 + hidden % 3, 1 + (hidden + 1) % 3, 40});
    }
    for (const std::size_t layers : {1U, 2U, 3U}) {
        all.push_back({{}, 20, layers, 1, 17});
        all.push_back({{.rows = Rows::own}, 20, 4 - layers, layers, 33});
        all.push_back({{.cells = 1, .drugs = 1, .has_dose = true}, 16, layers, 2, 1});
    }
    return all;
}

/// Without dropout, with little, with much, and with masks by entity.
inline std::vector<trainer::DropoutRule> dropout_rules() {
    const auto rule = [](double probability, trainer::DropoutScope scope) {
        return trainer::DropoutRule{.scope = scope,
                                    .probability = probability,
                                    .seed = 2,
                                    .trainer = 3,
                                    .step = 4,
                                    .first_sample = 5};
    };
    using enum trainer::DropoutScope;
    return {rule(0.0, sample), rule(0.05, sample), rule(0.25, sample), rule(0.25, entity)};
}

/// Where a comparison takes place, and how far it may be off, relative to the largest value.
struct Comparison {
    trainer::Engine& engine;
    trainer::Precision precision = trainer::Precision::fp32;  // of the reference
    double tolerance = 0.0;
    float response_offset = 0.0F;  // added to responses
};

/// Loss and gradient of every layer, and padding, against the reference.
inline void check_gradients(const Comparison& comparison,
                            const EngineCase& c,
                            const trainer::DropoutRule& dropout) {
    ToySamples samples(c.toy);
    trainer::ReferenceEngine reference(c.shape(), comparison.precision);
    trainer::Engine& engine = comparison.engine;
    const auto weights = toy_weights(engine.layout());
    auto batch = first_batch(samples, c.batch);
    for (float& response : batch.response) { response += comparison.response_offset; }
    std::vector<float> expected(weights.size());
    std::vector<float> actual(weights.size(), std::numeric_limits<float>::quiet_NaN());
    const double n = static_cast<double>(c.batch);
    const double expected_loss = reference.gradient(weights, batch, dropout, n, expected);
    const double loss = engine.gradient(weights, batch, dropout, n, actual);
    CHECK(loss == doctest::Approx(expected_loss).epsilon(comparison.tolerance));
    const auto compare = [&](std::size_t at, std::size_t size) {
        CHECK(relative_difference(std::span(actual).subspan(at, size),
                                  std::span(expected).subspan(at, size)) < comparison.tolerance);
    };
    for (const auto* layers :
         {&engine.layout().cell_track, &engine.layout().drug_track, &engine.layout().top}) {
        for (const trainer::Layer& layer : *layers) {
            CAPTURE(layer.name);
            compare(layer.weights_at, layer.inputs * layer.outputs);
            compare(layer.bias_at, layer.outputs);
            compare(layer.weights_at, layer.bias_at + layer.outputs - layer.weights_at);
        }
    }
    compare(0, weights.size());  // padding too
}

inline void check_predictions(const Comparison& comparison, const EngineCase& c) {
    ToySamples samples(c.toy);
    trainer::ReferenceEngine reference(c.shape(), comparison.precision);
    const auto weights = toy_weights(comparison.engine.layout());
    const auto batch = first_batch(samples, c.batch);
    std::vector<float> expected(c.batch);
    std::vector<float> actual(c.batch);
    reference.predict(weights, batch, expected);
    comparison.engine.predict(weights, batch, actual);
    CHECK(relative_difference(actual, expected) < comparison.tolerance);
}

}  // namespace ltfb::test
