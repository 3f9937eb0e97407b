#include "experiments/log/run_frame.hpp"

#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "experiments/log/json.hpp"
#include "experiments/log/metric.hpp"

namespace ltfb::experiments {

namespace {

Scores scores_in(const Json& json) {
    return {.mse = number_in(json, "mse"),
            .mae = number_in(json, "mae"),
            .r2 = number_in(json, "r2"),
            .pearson = number_in(json, "pearson"),
            .samples = integer_in(json, "samples", 0)};
}

}  // namespace

std::string read_run_start(std::string_view line, RunLog& log) {
    const Json json = parse_json(line);
    if (!json.is_object()) { return "is no JSON object"; }
    const std::int64_t trainers = integer_in(json, "trainers", 0);
    if (trainers < 1 || trainers > max_trainers) {
        return fmt::format("starts {} trainers (at least 1, at most {})", trainers, max_trainers);
    }
    log.trainers = static_cast<std::int32_t>(trainers);
    log.version = text_in(json, "version");
    log.data_digest = text_in(json, "data_digest");
    log.started = text_in(json, "t");
    for (const Json& ranks : member(json, "ranks_per_trainer")) {
        log.ranks_per_trainer.push_back(ranks.is_number_integer() ? ranks.get<std::int32_t>() : 0);
    }
    const Json& settings = member(json, "settings");
    if (settings.is_object()) {
        for (const auto& [key, value] : settings.items()) {
            log.settings.push_back({key, to_text(value)});
        }
    }
    if (const auto name = text_in(settings, "metric"); !name.empty()) {
        const auto metric = metric_named(name);
        if (!metric) { return fmt::format("names an unknown metric \"{}\"", name); }
        log.metric = *metric;
    }
    const Json& hyperparameters = member(json, "hyperparameters");
    if (hyperparameters.is_array() && !hyperparameters.empty() && hyperparameters[0].is_object()) {
        std::vector<std::string> names;
        for (const auto& [name, value] : hyperparameters[0].items()) { names.push_back(name); }
        log.hyperparameters.name(std::move(names));
    }
    return {};
}

void read_changes(std::string_view line, RunLog& log) {
    const Json json = parse_json(line);
    for (const auto& change : changes_in(json)) {
        for (Setting& setting : log.settings) {
            if (setting.key == change.key) { setting.value = change.value; }
        }
        // Arrays by trainer keep room for all that there ever were.
        const std::int64_t trainers =
            change.key == "trainers" ? std::atoll(change.value.c_str()) : 0;
        if (trainers > log.trainers && trainers <= max_trainers) {
            log.trainers = static_cast<std::int32_t>(trainers);
        }
    }
}

std::string read_run_end(std::string_view line, RunLog& log) {
    const Json json = parse_json(line);
    if (!json.is_object()) { return "is no JSON object"; }
    RunEnd end{.exit = integer_in(json, "exit", 0),
               .reason = text_in(json, "reason"),
               .best_trainer = static_cast<std::int32_t>(integer_in(json, "best_trainer", nobody)),
               .test = scores_in(member(json, "test")),
               .standings = {},
               .samples_trained = integer_in(json, "samples_trained", 0),
               .wall_s = number_in(json, "wall_s"),
               .train_s = number_in(json, "train_s"),
               .tournament_s = number_in(json, "tournament_s")};
    for (const Json& entry : member(json, "standings")) {
        Standing standing{
            .trainer = static_cast<std::int32_t>(integer_in(entry, "trainer", nobody)),
            .score = number_in(entry, "score"),
            .lineage = static_cast<std::int32_t>(integer_in(entry, "lineage", nobody)),
            .digest = text_in(entry, "digest"),
            .hyperparameters = {}};
        for (const auto& name : log.hyperparameters.names()) {
            standing.hyperparameters.push_back(number_in(member(entry, "hyperparameters"), name));
        }
        end.standings.push_back(std::move(standing));
    }
    log.end = std::move(end);
    return {};
}

}  // namespace ltfb::experiments
