#include "orchestrator/results.hpp"

#include <algorithm>
#include <limits>

#include "core/file.hpp"
#include "orchestrator/snapshot_manifest.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr int degraded = 3;  // exit code of a run that lost trainers

/// Mean squared error of predicting every test sample by the mean response of the training role.
double trivial_mse(const ResultOf& run) {
    const auto responses = run.inputs.samples->responses();
    double sum = 0.0;
    const auto train = data::samples_of(data::Role::train, run.inputs.roles);
    for (const std::uint32_t i : train) { sum += static_cast<double>(responses[i]); }
    const double mean = sum / static_cast<double>(train.size());
    double squares = 0.0;
    const auto test = data::samples_of(data::Role::test, run.inputs.roles);
    for (const std::uint32_t i : test) {
        const double error = static_cast<double>(responses[i]) - mean;
        squares += error * error;
    }
    return squares / static_cast<double>(test.size());
}

double mean_of(const Json& standings, const char* key) {
    double sum = 0.0;
    for (const Json& standing : standings) { sum += standing.at(key).get<double>(); }
    return sum / static_cast<double>(standings.size());
}

Json summarise(const ResultOf& run, const Json& standings, const Json& test, const RootLog& log) {
    std::uint64_t samples = 0;
    for (const Json& standing : standings) {
        samples += standing.at("samples").get<std::uint64_t>();
    }
    return {{"schema", 1},
            {"run_id", run.maker.run_id()},
            {"exit", log.losses().empty() ? 0 : degraded},
            {"reason", log.stop_reason()},
            {"lost_trainers", log.losses()},
            {"metric", run.settings.metric},
            {"best_trainer", standings.front().at("trainer")},
            {"test", test},
            {"trivial_mse", trivial_mse(run)},
            {"trainers", standings},
            {"samples_trained", samples},
            {"wall_s", run.maker.elapsed_s()},
            {"train_s", mean_of(standings, "train_s")},
            {"tournament_s", mean_of(standings, "tournament_s")}};
}

std::vector<Json> last_events(const ResultOf& run, const Json& summary) {
    std::vector<Json> events;
    const auto eval = [&](const Json& standing, const char* split, const Json& metrics) {
        Json event = run.maker.make("eval",
                                    {.round = -1,
                                     .trainer = standing.at("trainer"),
                                     .lineage = standing.at("lineage"),
                                     .step = standing.at("step")});
        event["split"] = split;
        event.update(metrics);
        events.push_back(std::move(event));
    };
    const Json& standings = summary.at("trainers");
    for (int trainer = 0; trainer < run.settings.trainers; ++trainer) {
        for (const Json& standing : standings) {
            if (standing.at("trainer") == trainer) {
                eval(standing, "tournament-all", standing.at("tournament_role"));
            }
        }
    }
    eval(standings.front(), "test", summary.at("test"));
    Json end = run.maker.make("run_end", {});
    for (const char* key : {"exit", "reason", "lost_trainers", "best_trainer", "test"}) {
        end[key] = summary.at(key);
    }
    end["standings"] = standings;
    for (const char* key : {"samples_trained", "wall_s", "train_s", "tournament_s"}) {
        end[key] = summary.at(key);
    }
    events.push_back(std::move(end));
    return events;
}

}  // namespace

void sort_standings(std::vector<Json>& standings, tournament::Metric metric) {
    std::ranges::stable_sort(standings, [&](const Json& a, const Json& b) {
        return tournament::is_better(
            from_json_number(a.at("score")), from_json_number(b.at("score")), metric);
    });
}

int write_result(const ResultOf& run, RootLog& log, const Json& standings, const Json& test) {
    const Json summary = summarise(run, standings, test, log);
    log.append(last_events(run, summary));
    log.finish();
    // A part that the end came before.
    prune_snapshots(run.settings.out, std::numeric_limits<int>::max(), run.settings.keep);
    write_atomically(run.settings.out + "/summary.json", summary.dump(2) + "\n");
    log.progress().show_result(summary);
    return summary.at("exit");
}

}  // namespace ltfb::orchestrator
