#include "trainer/hyperparameters.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"

using ltfb::InputError;
using ltfb::trainer::Hyperparameters;

TEST_CASE("every value can be read and set by name") {
    Hyperparameters h;
    for (const auto& [name, value] : h.as_map()) {
        const bool is_whole = name == "batch" || name == "warmup_steps" || name == "step_every";
        const double changed = is_whole ? 32.0 : 0.5;
        h.set(name, changed);
        CHECK(h.as_map().at(name) == changed);
    }
    CHECK(h.as_map().size() == 13);
    CHECK(h.batch == 32);
    CHECK(h.clip == 0.5);
}

TEST_CASE("values outside what a name allows are refused and change nothing") {
    Hyperparameters h;
    const auto before = h.as_map();
    const auto refused = [&](std::string_view name, double value) {
        CAPTURE(name);
        CAPTURE(value);
        CHECK_THROWS_AS(h.set(name, value), InputError);
    };
    for (const auto& [name, value] : before) {
        refused(name, -1.0);
        refused(name, std::numeric_limits<double>::quiet_NaN());
        refused(name, std::numeric_limits<double>::infinity());
    }
    refused("lr", 0.0);
    refused("epsilon", 0.0);
    refused("beta1", 1.0);
    refused("dropout", 1.0);
    refused("batch", 0.0);
    refused("batch", 2.5);
    refused("batch", 1e9);
    refused("warmup_steps", 0.5);
    refused("step_every", 2.5);
    CHECK_THROWS_WITH_AS(
        h.set("learning_rate", 1.0), doctest::Contains("'learning_rate'"), InputError);
    CHECK(h.as_map() == before);
    h.set("dropout", 0.0);
    h.set("clip", 0.0);
}
