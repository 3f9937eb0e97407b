#include <limits>

#include <doctest/doctest.h>

#include "toy_model.hpp"
#include "trainer/bf16/engine.hpp"
#include "trainer/reference_engine.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

// Of the largest value. Both round factors to 8 bits; a sum near a border falls on either side.
constexpr double rounding = 0.01;

struct Case {
    test::ToyShape toy;
    std::size_t hidden;
    std::size_t track_layers;
    std::size_t top_layers;
    std::size_t batch;
};

void check_gradients(const bf16::TileOps& ops,
                     const Case& c,
                     double probability,
                     DropoutScope scope = DropoutScope::sample) {
    test::ToySamples samples(c.toy);
    const ModelShape shape = test::model_shape(c.toy, c.hidden, c.track_layers, c.top_layers);
    ReferenceEngine reference(shape, Precision::bf16);
    bf16::Engine engine(shape, 2, ops);
    const auto weights = test::toy_weights(engine.layout());
    auto batch = test::first_batch(samples, c.batch);
    // Errors that are no small differences, which would show the predictions' rounding enlarged.
    for (float& response : batch.response) { response += 5.0F; }
    const DropoutRule dropout{.scope = scope,
                              .probability = probability,
                              .seed = 2,
                              .trainer = 3,
                              .step = 4,
                              .first_sample = 5};
    std::vector<float> expected(weights.size());
    std::vector<float> actual(weights.size(), std::numeric_limits<float>::quiet_NaN());
    const double n = static_cast<double>(c.batch);
    const double expected_loss = reference.gradient(weights, batch, dropout, n, expected);
    const double loss = engine.gradient(weights, batch, dropout, n, actual);
    CHECK(loss == doctest::Approx(expected_loss).epsilon(rounding));
    for (const auto* layers :
         {&engine.layout().cell_track, &engine.layout().drug_track, &engine.layout().top}) {
        for (const Layer& layer : *layers) {
            CAPTURE(layer.name);
            const auto compare = [&](std::size_t at, std::size_t size) {
                CHECK(test::relative_difference(std::span(actual).subspan(at, size),
                                                std::span(expected).subspan(at, size)) < rounding);
            };
            compare(layer.weights_at, layer.inputs * layer.outputs);
            compare(layer.bias_at, layer.outputs);
        }
    }
    CHECK(test::relative_difference(actual, expected) < rounding);  // padding too
}

void check_predictions(const bf16::TileOps& ops, const Case& c) {
    test::ToySamples samples(c.toy);
    const ModelShape shape = test::model_shape(c.toy, c.hidden, c.track_layers, c.top_layers);
    ReferenceEngine reference(shape, Precision::bf16);
    bf16::Engine engine(shape, 2, ops);
    const auto weights = test::toy_weights(engine.layout());
    const auto batch = test::first_batch(samples, c.batch);
    std::vector<float> expected(c.batch);
    std::vector<float> actual(c.batch);
    reference.predict(weights, batch, expected);
    engine.predict(weights, batch, actual);
    CHECK(test::relative_difference(actual, expected) < rounding);
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const std::size_t hidden : {1U, 7U, 64U, 130U}) {
        const test::ToyShape shared{.cells = 40, .drugs = 9, .has_dose = hidden % 2 == 0};
        all.push_back({shared, hidden, 1 + hidden % 3, 1 + (hidden + 1) % 3, 40});
    }
    for (const std::size_t layers : {1U, 2U, 3U}) {
        all.push_back({{}, 20, layers, 1, 17});
        all.push_back({{.rows = test::Rows::own}, 20, 4 - layers, layers, 33});
        all.push_back({{.cells = 1, .drugs = 1, .has_dose = true}, 16, layers, 2, 1});
    }
    all.push_back({{.samples = 300, .rows = test::Rows::own}, 40, 2, 2, 300});
    return all;
}

}  // namespace

TEST_CASE("gradients and predictions agree with the reference, with every set of operations") {
    for (const bf16::TileOps* ops : bf16::all_tile_ops()) {
        const std::string name = ops->name;
        CAPTURE(name);
        for (const Case& c : cases()) {
            CAPTURE(c.hidden);
            CAPTURE(c.track_layers);
            CAPTURE(c.top_layers);
            CAPTURE(c.batch);
            check_gradients(*ops, c, 0.0);
            check_gradients(*ops, c, 0.05);
            check_gradients(*ops, c, 0.25);
            check_gradients(*ops, c, 0.25, DropoutScope::entity);
            check_predictions(*ops, c);
        }
    }
}
