#include "orchestrator/replay.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/json.hpp"

namespace ltfb::orchestrator {

namespace {

using Place = std::pair<int, int>;  // round, trainer

/// What a log says of a run's models. Of a round that was played again after a resume, the last
/// time counts.
struct History {
    std::map<Place, std::map<std::string, double>> values;  // that rounds were trained with
    std::map<Place, int> adopted_from;
    std::optional<int> winner;
    int last_round = -1;
};

void take(const Json& event, History& history) {
    const std::string kind = event.at("event");
    if (kind == "run_end") { history.winner = event.at("best_trainer"); }
    const Place place{event.at("round"), event.at("trainer")};
    if (kind == "eval" && event.at("split") == "tournament") {
        history.values[place] = event.at("hyperparameters");
        history.adopted_from.erase(place);
        history.last_round = std::max(history.last_round, place.first);
    }
    if (kind == "adopt") { history.adopted_from[place] = event.at("from_trainer"); }
}

History read_history(std::istream& log, const std::string& name) {
    History history;
    std::string line;
    for (int number = 1; std::getline(log, line); ++number) {
        const bool is_torn = log.eof();  // a last line without its end is normal after a kill
        try {
            take(Json::parse(line), history);
        } catch (const nlohmann::json::exception& error) {
            if (is_torn) { break; }
            throw InputError(fmt::format("{}:{}: not an event: {}", name, number, error.what()));
        }
    }
    return history;
}

}  // namespace

HyperparameterSchedule winning_schedule(std::istream& log, const std::string& name) {
    const History history = read_history(log, name);
    if (!history.winner || history.last_round < 0) {
        throw InputError(
            fmt::format("{}: the run has no winner (only a complete run can be replayed)", name));
    }
    HyperparameterSchedule schedule(static_cast<std::size_t>(history.last_round) + 1);
    int holder = *history.winner;
    for (int round = history.last_round; round >= 0; --round) {
        const auto adoption = history.adopted_from.find({round, holder});
        if (adoption != history.adopted_from.end()) { holder = adoption->second; }
        const auto values = history.values.find({round, holder});
        if (values == history.values.end()) {
            throw InputError(fmt::format(
                "{}: trainer {}, an ancestor of the winner, has no eval in round {} (verify the "
                "log with ltfb-log verify)",
                name,
                holder,
                round));
        }
        schedule[static_cast<std::size_t>(round)] = values->second;
    }
    return schedule;
}

HyperparameterSchedule winning_schedule(const std::string& run) {
    const std::string path = run + "/events.jsonl";
    std::ifstream log(path);
    if (!log) {
        throw InputError(fmt::format("{}: cannot be read (--replay takes a run directory)", path));
    }
    return winning_schedule(log, path);
}

}  // namespace ltfb::orchestrator
