#include "trainer/model.hpp"

#include <cmath>
#include <set>

#include <doctest/doctest.h>
#include <omp.h>

#include "core/error.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {
ModelShape combo() {
    return {.cell_features = 921, .drug_features = 3829};
}
}  // namespace

TEST_CASE("the full-size Combo network has as many parameters as published") {
    CHECK(ModelLayout(combo()).parameters == 13760001);  // DESIGN section 2
    ModelShape dosed = combo();
    dosed.has_dose = true;
    CHECK(ModelLayout(dosed).parameters == 13762001);
}

TEST_CASE("layers follow each other without overlap, each on a cache line") {
    const ModelLayout layout(
        {.cell_features = 3, .drug_features = 5, .has_dose = true, .hidden = 7, .track_layers = 2});
    std::size_t end = 0;
    std::set<std::string> names;
    for (const auto* layers : {&layout.cell_track, &layout.drug_track, &layout.top}) {
        for (const Layer& layer : *layers) {
            names.insert(layer.name);
            CHECK(layer.weights_at >= end);
            CHECK(layer.weights_at % 16 == 0);
            CHECK(layer.bias_at >= layer.weights_at + layer.inputs * layer.outputs);
            CHECK(layer.bias_at % 16 == 0);
            end = layer.bias_at + layer.outputs;
        }
    }
    CHECK(layout.arena_size >= end);
    CHECK(names ==
          std::set<std::string>{
              "cell.0", "cell.1", "drug.0", "drug.1", "top.0", "top.1", "top.2", "output"});
    CHECK(layout.top.front().inputs == 23);
    CHECK(layout.top.back().outputs == 1);
}

TEST_CASE("initial weights are He-normal, whatever the number of threads") {
    const ModelLayout layout({.cell_features = 400, .drug_features = 50, .hidden = 301});
    const auto draw = [&](std::uint64_t seed, std::uint32_t trainer, int threads) {
        omp_set_num_threads(threads);
        std::vector<float> arena(layout.arena_size, 7.0F);
        init_weights(layout, seed, trainer, arena);
        return arena;
    };
    const auto arena = draw(1, 0, 1);
    CHECK(arena == draw(1, 0, 3));
    CHECK(arena != draw(2, 0, 1));
    CHECK(arena != draw(1, 1, 1));
    const Layer& layer = layout.cell_track.front();
    double sum = 0.0;
    double squares = 0.0;
    double cubes = 0.0;
    double beyond_two = 0.0;
    const auto n = static_cast<double>(layer.inputs * layer.outputs);
    for (std::size_t i = 0; i < layer.inputs * layer.outputs; ++i) {
        const double z = static_cast<double>(arena[layer.weights_at + i]) / std::sqrt(2.0 / 400.0);
        sum += z;
        squares += z * z;
        cubes += z * z * z;
        beyond_two += std::abs(z) > 2.0 ? 1.0 : 0.0;
    }
    CHECK(std::abs(sum / n) < 0.01);
    CHECK(squares / n == doctest::Approx(1.0).epsilon(0.02));
    CHECK(std::abs(cubes / n) < 0.05);
    CHECK(beyond_two / n == doctest::Approx(0.0455).epsilon(0.05));
    for (std::size_t o = 0; o < layer.outputs; ++o) { CHECK(arena[layer.bias_at + o] == 0.0F); }
}

TEST_CASE("a network without layers or features is refused") {
    ModelShape shape = combo();
    shape.hidden = 0;
    CHECK_THROWS_AS(ModelLayout{shape}, InputError);
    shape = combo();
    shape.top_layers = 0;
    CHECK_THROWS_AS(ModelLayout{shape}, InputError);
    CHECK_THROWS_AS(ModelLayout{ModelShape{}}, InputError);
}
