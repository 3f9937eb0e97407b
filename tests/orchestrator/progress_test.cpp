#include "orchestrator/progress.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

Settings silent() {
    Settings settings;
    settings.progress = "none";
    return settings;
}

Json eval(int trainer, double mse) {
    return {{"event", "eval"},
            {"trainer", trainer},
            {"lineage", trainer},
            {"mse", mse},
            {"lr", 0.001},
            {"trained_samples", 100}};
}

std::vector<int> trainers_in(const ProgressView& view) {
    std::vector<int> trainers;
    for (const Standing& standing : view.standings()) { trainers.push_back(standing.trainer); }
    return trainers;
}

}  // namespace

TEST_CASE("a trainer that is lost in a round stands no more, until a resume brings it back") {
    const Settings settings = silent();
    ProgressView view(settings);
    view.show_round(0, {eval(0, 0.3), eval(1, 0.1), eval(2, 0.2)});
    CHECK(trainers_in(view) == std::vector{1, 2, 0});
    view.show_round(1, {eval(0, 0.2), Json{{"event", "failure"}, {"trainer", 1}}, eval(2, 0.05)});
    CHECK(trainers_in(view) == std::vector{2, 0});
    view.note({{"event", "resume"}, {"trainer", -1}});
    CHECK(trainers_in(view) == std::vector{2, 1, 0});
}

TEST_CASE("a failure of nobody, as of a snapshot, loses nobody") {
    const Settings settings = silent();
    ProgressView view(settings);
    view.show_round(0, {eval(0, 0.3), eval(1, 0.1)});
    view.note({{"event", "failure"}, {"trainer", -1}});
    CHECK(trainers_in(view) == std::vector{1, 0});
}
