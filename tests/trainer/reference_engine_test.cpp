#include "trainer/reference_engine.hpp"

#include <doctest/doctest.h>

#include "toy_model.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

double loss(Engine& engine,
            std::span<const float> weights,
            const data::Batch& batch,
            const DropoutRule& dropout) {
    std::vector<float> gradient(weights.size());
    return engine.gradient(weights, batch, dropout, 1.0, gradient);
}

// Central differences of the loss against the gradient, for every parameter of a layer.
void check_layer(Engine& engine,
                 const Layer& layer,
                 std::vector<float> weights,
                 const data::Batch& batch,
                 const DropoutRule& dropout) {
    constexpr float step = 1e-5F;    // small: ReLU has kinks; the loss is summed in double
    constexpr double samples = 7.0;  // the scale that is asked for
    std::vector<float> gradient(weights.size());
    engine.gradient(weights, batch, dropout, samples, gradient);
    const auto check_at = [&](std::size_t at) {
        const float kept = weights[at];
        const float above = kept + step;
        const float below = kept - step;
        weights[at] = above;
        const double loss_above = loss(engine, weights, batch, dropout);
        weights[at] = below;
        const double loss_below = loss(engine, weights, batch, dropout);
        weights[at] = kept;
        const double width = static_cast<double>(above) - static_cast<double>(below);
        const double expected = (loss_above - loss_below) / width / samples;
        CAPTURE(layer.name);
        CAPTURE(at);
        CHECK(static_cast<double>(gradient[at]) ==
              doctest::Approx(expected).epsilon(1e-5).scale(1));
    };
    for (std::size_t i = 0; i < layer.inputs * layer.outputs; ++i) {
        check_at(layer.weights_at + i);
    }
    for (std::size_t o = 0; o < layer.outputs; ++o) { check_at(layer.bias_at + o); }
}

void check_model(bool has_dose, double probability) {
    test::ToySamples samples({.samples = 7, .has_dose = has_dose});
    ReferenceEngine engine(test::model_shape({.has_dose = has_dose}, 4, 2, 2));
    const auto weights = test::toy_weights(engine.layout());
    const auto batch = test::first_batch(samples, 7);
    const DropoutRule dropout{.probability = probability, .seed = 3, .trainer = 1, .step = 5};
    for (const auto* layers :
         {&engine.layout().cell_track, &engine.layout().drug_track, &engine.layout().top}) {
        for (const Layer& layer : *layers) { check_layer(engine, layer, weights, batch, dropout); }
    }
}

}  // namespace

TEST_CASE("gradients of every layer agree with finite differences") {
    for (const bool has_dose : {false, true}) {
        for (const double probability : {0.0, 0.3}) {
            CAPTURE(has_dose);
            CAPTURE(probability);
            check_model(has_dose, probability);
        }
    }
}

TEST_CASE("a sample's masks depend on its position in the minibatch, not on the batch it is in") {
    test::ToySamples samples({.samples = 6});
    ReferenceEngine engine(test::model_shape({}, 8, 2, 1));
    const auto weights = test::toy_weights(engine.layout());
    std::vector<float> whole(weights.size());
    std::vector<float> part(weights.size());
    std::vector<float> sum(weights.size());
    DropoutRule dropout{.probability = 0.5, .step = 2};
    engine.gradient(weights, test::first_batch(samples, 6), dropout, 6.0, whole);
    for (const std::uint32_t s : {0U, 1U, 2U, 3U, 4U, 5U}) {
        dropout.first_sample = s;
        data::Batch batch;
        samples.assemble(std::span(&s, 1), batch);
        engine.gradient(weights, batch, dropout, 6.0, part);
        for (std::size_t i = 0; i < sum.size(); ++i) { sum[i] += part[i]; }
    }
    CHECK(test::relative_difference(sum, whole) < 1e-6);
    dropout.first_sample = 1;
    engine.gradient(weights, test::first_batch(samples, 6), dropout, 6.0, part);
    CHECK(test::relative_difference(part, whole) > 1e-2);
}
