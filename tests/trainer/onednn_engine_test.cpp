#include "trainer/onednn_engine.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "engine_cases.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

constexpr double rounding = 2e-5;  // relative to the largest value; fp32 sums over thousands

std::vector<test::EngineCase> cases() {
    auto all = test::engine_cases(6);
    all.push_back({{.samples = 700, .rows = test::Rows::own}, 12, 2, 2, 700});  // several blocks
    return all;
}

}  // namespace

TEST_CASE("gradients agree with the reference") {
    for (const auto& c : cases()) {
        CAPTURE(c.hidden);
        CAPTURE(c.track_layers);
        CAPTURE(c.top_layers);
        for (const DropoutRule& dropout : test::dropout_rules()) {
            OnednnEngine engine(c.shape(), 2);
            test::check_gradients({engine, Precision::fp32, rounding}, c, dropout);
        }
    }
}

TEST_CASE("predictions agree with the reference") {
    for (const auto& c : cases()) {
        CAPTURE(c.hidden);
        CAPTURE(c.track_layers);
        CAPTURE(c.top_layers);
        OnednnEngine engine(c.shape(), 2);
        test::check_predictions({engine, Precision::fp32, rounding}, c);
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
    for (const auto name : {"reference", "onednn", "blocked"}) {
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
