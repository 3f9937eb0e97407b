#include "orchestrator/explorer.hpp"

#include <doctest/doctest.h>

#include "orchestrator/hyperparameter_draw.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

Settings varied(const std::string& explore) {
    Settings settings;
    settings.trainers = 32;
    settings.vary = {"lr=loguniform:1e-5,1e-1", "batch=choice:64,128,256", "dropout=uniform:0,0.5"};
    settings.explore = explore;
    return settings;
}

tournament::Values values_of(const Settings& settings, int trainer) {
    return initial_hyperparameters(settings, trainer).as_map();
}

/// Three rounds in which a higher learning rate brought more.
void teach(Explorer& explorer, const Settings& settings, int trainer) {
    for (int round = 0; round < 3; ++round) {
        const auto values = values_of(settings, trainer + 10 * round);
        explorer.note_round({.round = round,
                             .values = values,
                             .own_score = 1.0 - 0.1 * round - values.at("lr"),
                             .kept_score = 1.0 - 0.1 * round - values.at("lr")});
    }
}

}  // namespace

TEST_CASE("every operator changes varied keys only, and alike where it is asked alike") {
    for (const char* kind : {"perturb", "resample", "pb2"}) {
        const Settings settings = varied(kind);
        const Explorer explorer(settings, 2);
        const auto values = values_of(settings, 1);
        const auto changes = explorer.explore(4, values);
        CHECK(!changes.empty());
        for (const auto& change : changes) {
            CHECK((change.key == "lr" || change.key == "batch" || change.key == "dropout"));
            CHECK(change.old_value == values.at(change.key));
        }
        const auto again = Explorer(settings, 2).explore(4, values);
        REQUIRE(again.size() == changes.size());
        for (std::size_t i = 0; i < again.size(); ++i) {
            CHECK(again[i].new_value == changes[i].new_value);
        }
    }
    const Settings settings = varied("none");
    CHECK(Explorer(settings, 2).explore(4, values_of(settings, 1)).empty());
}

TEST_CASE("only PB2 has news, and they are as good as own observations") {
    const Settings settings = varied("pb2");
    Explorer mute(varied("perturb"), 0);
    teach(mute, settings, 0);
    CHECK(mute.news().empty());
    Explorer a(settings, 0);
    CHECK(a.news().empty());
    teach(a, settings, 0);
    Explorer b(settings, 1);
    teach(b, settings, 1);
    Explorer listener(settings, 2);
    listener.hear(a.news());
    const auto knows_half = listener.news();
    listener.hear(b.news());
    CHECK(listener.news() != knows_half);
    Explorer other_order(settings, 2);
    other_order.hear(b.news());
    other_order.hear(a.news());
    CHECK(other_order.news() == listener.news());
    // The first round has no score to start from: 2 observations each, enough for the model.
    const auto changes = listener.explore(3, values_of(settings, 2));
    REQUIRE(!changes.empty());
    bool has_proposal = false;
    for (const auto& change : changes) {
        has_proposal = has_proposal || change.op == tournament::Operator::pb2;
    }
    CHECK(has_proposal);
}

TEST_CASE("what a resumed run restores decides as the object that was saved") {
    const Settings settings = varied("pb2");
    Explorer saved(settings, 0);
    teach(saved, settings, 0);
    Explorer restored(settings, 0);
    restored.restore(Json::parse(saved.memory().dump()));
    CHECK(restored.memory() == saved.memory());
    for (Explorer* explorer : {&saved, &restored}) {
        explorer->note_round(
            {.round = 3, .values = values_of(settings, 5), .own_score = 0.5, .kept_score = 0.5});
    }
    CHECK(restored.news() == saved.news());
}
