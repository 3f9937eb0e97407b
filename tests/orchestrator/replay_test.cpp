#include "orchestrator/replay.hpp"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "core/error.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

std::string eval(int round, int trainer, double lr) {
    return fmt::format(
        "{{\"event\":\"eval\",\"split\":\"tournament\",\"round\":{},\"trainer\":{},"
        "\"hyperparameters\":{{\"lr\":{}}}}}\n",
        round,
        trainer,
        lr);
}

std::string adopt(int round, int trainer, int from) {
    return fmt::format("{{\"event\":\"adopt\",\"round\":{},\"trainer\":{},\"from_trainer\":{}}}\n",
                       round,
                       trainer,
                       from);
}

const std::string end = "{\"event\":\"run_end\",\"round\":-1,\"trainer\":-1,\"best_trainer\":0}\n";

std::vector<double> rates(const std::string& log) {
    std::istringstream stream(log);
    std::vector<double> result;
    for (const auto& values : winning_schedule(stream, "log")) {
        result.push_back(values.at("lr"));
    }
    return result;
}

}  // namespace

TEST_CASE("the schedule follows the winner's ancestors, not the winning trainer") {
    const std::string log = eval(0, 0, 0.1) + eval(0, 1, 0.2) + eval(0, 2, 0.3) + adopt(0, 1, 2) +
                            eval(1, 0, 0.4) + eval(1, 1, 0.5) + eval(1, 2, 0.6) + adopt(1, 0, 1) +
                            eval(2, 0, 0.7) + eval(2, 1, 0.8) + eval(2, 2, 0.9);
    CHECK(rates(log + end) == std::vector<double>{0.3, 0.5, 0.7});
    CHECK(rates(log + adopt(2, 0, 2) + end) == std::vector<double>{0.3, 0.6, 0.9});
}

TEST_CASE("a round that was played again counts as it was the last time") {
    const std::string log = eval(0, 0, 0.1) + eval(0, 1, 0.2) + adopt(0, 0, 1) + eval(0, 0, 0.1) +
                            eval(0, 1, 0.2) + eval(1, 0, 0.4);
    CHECK(rates(log + end) == std::vector<double>{0.1, 0.4});
}

TEST_CASE("a replay starts with the values of the first round") {
    const ScratchFolder folder;
    std::ofstream(folder / "events.jsonl") << eval(0, 0, 0.125) << eval(1, 0, 0.25) << end;
    Settings settings;
    settings.replay = folder.path();
    CHECK(initial_hyperparameters(settings, 0).as_map().at("lr") == 0.125);
}

TEST_CASE("what cannot be replayed is refused by name") {
    CHECK_THROWS_AS(rates(eval(0, 0, 0.1)), InputError);
    CHECK_THROWS_AS(rates(end), InputError);
    CHECK_THROWS_AS(rates(eval(1, 0, 0.1) + end), InputError);
    CHECK_THROWS_AS(rates(eval(0, 0, 0.1) + "{\n" + end), InputError);
    CHECK(rates(eval(0, 0, 0.1) + end + "{\"event\":") == std::vector<double>{0.1});
    CHECK_THROWS_AS(winning_schedule(std::string("/nowhere")), InputError);
}
