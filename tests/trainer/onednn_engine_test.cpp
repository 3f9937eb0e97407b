#include "trainer/onednn_engine.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "toy_model.hpp"
#include "trainer/reference_engine.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

constexpr double rounding = 2e-5;  // relative to the largest value; fp32 sums over thousands

struct Case {
    test::ToyShape toy;
    std::size_t hidden;
    std::size_t track_layers;
    std::size_t top_layers;
    std::size_t batch;
};

void check_gradients(const Case& c, double probability, DropoutScope scope = DropoutScope::sample) {
    test::ToySamples samples(c.toy);
    const ModelShape shape = test::model_shape(c.toy, c.hidden, c.track_layers, c.top_layers);
    ReferenceEngine reference(shape);
    OnednnEngine engine(shape, 2);
    const auto weights = test::toy_weights(engine.layout());
    const auto batch = test::first_batch(samples, c.batch);
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
            const std::size_t size = layer.bias_at + layer.outputs - layer.weights_at;
            const auto of_layer = [&](const std::vector<float>& arena) {
                return std::span(arena).subspan(layer.weights_at, size);
            };
            CHECK(test::relative_difference(of_layer(actual), of_layer(expected)) < rounding);
        }
    }
    CHECK(test::relative_difference(actual, expected) < rounding);  // padding too
}

void check_predictions(const Case& c) {
    test::ToySamples samples(c.toy);
    const ModelShape shape = test::model_shape(c.toy, c.hidden, c.track_layers, c.top_layers);
    ReferenceEngine reference(shape);
    OnednnEngine engine(shape, 2);
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
        const test::ToyShape shared{.cells = 6, .drugs = 9, .has_dose = hidden % 2 == 0};
        all.push_back({shared, hidden, 1 + hidden % 3, 1 + (hidden + 1) % 3, 40});
    }
    for (const std::size_t layers : {1U, 2U, 3U}) {
        all.push_back({{}, 20, layers, 1, 17});
        all.push_back({{.rows = test::Rows::own}, 20, 4 - layers, layers, 33});
        all.push_back({{.cells = 1, .drugs = 1, .has_dose = true}, 16, layers, 2, 1});
    }
    all.push_back({{.samples = 700, .rows = test::Rows::own}, 12, 2, 2, 700});  // several blocks
    return all;
}

}  // namespace

TEST_CASE("gradients agree with the reference") {
    for (const Case& c : cases()) {
        CAPTURE(c.hidden);
        CAPTURE(c.track_layers);
        CAPTURE(c.top_layers);
        check_gradients(c, 0.0);
        check_gradients(c, 0.05);
        check_gradients(c, 0.25);
        check_gradients(c, 0.25, DropoutScope::entity);
    }
}

TEST_CASE("predictions agree with the reference") {
    for (const Case& c : cases()) {
        CAPTURE(c.hidden);
        CAPTURE(c.track_layers);
        CAPTURE(c.top_layers);
        check_predictions(c);
    }
}

TEST_CASE("batches of changing size share an engine; an empty one has no gradient") {
    test::ToySamples samples({});
    const ModelShape shape = test::model_shape({}, 24, 2, 2);
    ReferenceEngine reference(shape);
    OnednnEngine engine(shape, 1);
    const auto weights = test::toy_weights(engine.layout());
    std::vector<float> expected(weights.size());
    std::vector<float> actual(weights.size());
    for (const double probability : {0.1, 0.0}) {
        for (const std::size_t b : {5U, 40U, 0U, 1U, 5U}) {  // fewer than there are entities, too
            CAPTURE(b);
            const auto batch = test::first_batch(samples, b);
            const DropoutRule dropout{.probability = probability};
            const double loss = reference.gradient(weights, batch, dropout, 40.0, expected);
            CHECK(engine.gradient(weights, batch, dropout, 40.0, actual) == doctest::Approx(loss));
            CHECK(test::relative_difference(actual, expected) < rounding);
        }
    }
}

TEST_CASE("a weight that is not a number shows in the loss and in the predictions") {
    test::ToySamples samples({});
    const ModelShape shape = test::model_shape({}, 8, 2, 2);
    for (const auto name : {"reference", "onednn"}) {
        const auto engine = make_engine(name, shape, 1);
        auto weights = test::toy_weights(engine->layout());
        weights[engine->layout().cell_track[0].weights_at + 3] =
            std::numeric_limits<float>::quiet_NaN();
        std::vector<float> gradient(weights.size());
        const auto batch = test::first_batch(samples, 9);
        CHECK_FALSE(std::isfinite(engine->gradient(weights, batch, {}, 9.0, gradient)));
        std::vector<float> predictions(9);
        engine->predict(weights, batch, predictions);
        CHECK(std::isnan(predictions[0]));
    }
}

TEST_CASE("the same input gives the same bits") {
    test::ToySamples samples({.samples = 256});
    const ModelShape shape = test::model_shape({}, 130, 3, 3);
    const auto run = [&] {
        OnednnEngine engine(shape, 2);
        std::vector<float> gradient(engine.layout().arena_size);
        const auto batch = test::first_batch(samples, 256);
        engine.gradient(
            test::toy_weights(engine.layout()), batch, {.probability = 0.1}, 256.0, gradient);
        return gradient;
    };
    CHECK(run() == run());
}

TEST_CASE("an unknown engine is refused by name") {
    CHECK_THROWS_WITH_AS(make_engine("abacus", test::model_shape({}, 2, 1, 1), 1),
                         doctest::Contains("abacus"),
                         InputError);
}
