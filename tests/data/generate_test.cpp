#include "data/generate.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "data/response_surface.hpp"

using namespace ltfb::data;

namespace {
GenerateSettings small() {
    return {.samples = 20000, .cells = 60, .drugs = 40, .cell_features = 12, .drug_features = 15};
}
}  // namespace

TEST_CASE("the growth looks like NCI-ALMANAC") {
    FactoredSet set = generate(small());
    double sum = 0.0;
    double squares = 0.0;
    for (const double growth : set.response) {
        sum += growth;
        squares += growth * growth;
    }
    const auto n = static_cast<double>(set.samples());
    const double mean = sum / n;
    CHECK(mean == doctest::Approx(0.316).epsilon(0.05));
    CHECK(std::sqrt(squares / n - mean * mean) == doctest::Approx(0.531).epsilon(0.05));
    std::sort(set.response.begin(), set.response.end());
    CHECK(set.response.front() >= -1.0F);
    CHECK(set.response.back() <= 1.7F);
    CHECK(std::abs(set.response[5000] - 0.042) < 0.04);
    CHECK(std::abs(set.response[10000] - 0.398) < 0.04);
    CHECK(std::abs(set.response[15000] - 0.766) < 0.04);
}

TEST_CASE("samples are distinct groups while there are enough") {
    const auto distinct = [](const GenerateSettings& settings) {
        const FactoredSet set = generate(settings);
        std::set<std::uint64_t> groups;
        for (const auto& key : keys_of(set)) { groups.insert(key.group); }
        return groups.size();
    };
    CHECK(distinct(
              {.samples = 120, .cells = 4, .drugs = 8, .cell_features = 2, .drug_features = 2}) ==
          120);
    CHECK(distinct(
              {.samples = 144, .cells = 4, .drugs = 8, .cell_features = 2, .drug_features = 2}) ==
          144);
    CHECK(distinct(
              {.samples = 500, .cells = 4, .drugs = 8, .cell_features = 2, .drug_features = 2}) ==
          144);
    CHECK(distinct(
              {.samples = 1, .cells = 1, .drugs = 1, .cell_features = 1, .drug_features = 1}) == 1);
}

TEST_CASE("the set is a function of its settings") {
    const auto digest = [](GenerateSettings settings, std::uint64_t seed) {
        settings.seed = seed;
        return content_digest(generate(settings));
    };
    CHECK(digest(small(), 1) == digest(small(), 1));
    CHECK(digest(small(), 1) != digest(small(), 2));
}

TEST_CASE("the surface is symmetric in the drugs, and depends on all three") {
    const Latent c{0.3, -1.2, 0.7, 0.1, 2.0, -0.4};
    const Latent a{1.1, 0.2, -0.5, 0.9, -1.3, 0.6};
    const Latent b{-0.8, 1.5, 0.4, -0.2, 0.3, 1.0};
    CHECK(surface(c, a, b) == surface(c, b, a));
    CHECK(surface(c, a, b) != surface(a, c, b));
    CHECK(surface(c, a, a) != surface(c, a, b));
}

TEST_CASE("the best reachable R2 follows from the noise") {
    const auto best = [](double noise) {
        GenerateSettings settings = small();
        settings.noise = noise;
        return nlohmann::json::parse(generate(settings).provenance).at("best_r2").get<double>();
    };
    CHECK(best(0.0) == 1.0);
    CHECK(best(0.1) == doctest::Approx(1.0 - 0.01 / (0.531 * 0.531)).epsilon(0.005));
    CHECK(best(0.3) < best(0.1));
}

TEST_CASE("settings that make no set are refused") {
    for (auto setting : {&GenerateSettings::samples,
                         &GenerateSettings::cells,
                         &GenerateSettings::drugs,
                         &GenerateSettings::cell_features,
                         &GenerateSettings::drug_features}) {
        for (const std::uint64_t value : {std::uint64_t{0}, ~std::uint64_t{0}}) {
            GenerateSettings settings = small();
            settings.*setting = value;
            CHECK_THROWS_AS(generate(settings), ltfb::InputError);
        }
    }
    GenerateSettings settings = small();
    settings.noise = std::nan("");
    CHECK_THROWS_AS(generate(settings), ltfb::InputError);
}
