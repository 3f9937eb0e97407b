#include <algorithm>
#include <array>
#include <utility>

#include <doctest/doctest.h>

#include "toy_model.hpp"
#include "trainer/engine.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

TEST_CASE("parts of a gradient are announced when they are final, the last layers first") {
    constexpr test::ToyShape toy{.samples = 30, .cells = 3, .drugs = 5, .has_dose = true};
    test::ToySamples samples(toy);
    for (const auto& [name, precision] : {std::pair{"reference", Precision::fp32},
                                          std::pair{"onednn", Precision::fp32},
                                          std::pair{"blocked", Precision::fp32},
                                          std::pair{"blocked", Precision::bf16}}) {
        for (const double dropout : {0.0, 0.05, 0.6}) {  // another route through a track each
            for (const std::size_t size : {0, 30}) {
                CAPTURE(name);
                CAPTURE(name_of(precision));
                CAPTURE(dropout);
                CAPTURE(size);
                const auto engine =
                    make_engine(name, test::model_shape(toy, 20, 3, 2), 1, precision);
                const auto weights = test::toy_weights(engine->layout());
                const auto batch = test::first_batch(samples, size);
                std::vector<float> gradient(weights.size(), 7.0F);
                std::vector<float> announced(weights.size(), -1.0F);
                std::vector<int> times(weights.size(), 0);
                std::vector<ArenaRange> parts;
                const auto hear = [&](ArenaRange part) {
                    parts.push_back(part);
                    for (std::size_t i = part.begin; i < part.end; ++i) {
                        announced[i] = gradient[i];
                        ++times[i];
                    }
                };
                engine->gradient(weights, batch, {.probability = dropout}, 30.0, gradient, hear);
                CHECK(announced == gradient);
                CHECK(std::ranges::all_of(times, [](int n) { return n == 1; }));
                REQUIRE(!parts.empty());
                CHECK(parts.front().end == weights.size());
            }
        }
    }
}
