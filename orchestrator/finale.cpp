#include "orchestrator/finale.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "orchestrator/model_file.hpp"

namespace ltfb::orchestrator {

namespace {

/// What the last stage of a run works on, the same on every rank but for `population`.
struct Stage {
    const Settings& settings;
    const Layout& layout;
    const Inputs& inputs;
    const EventMaker& maker;
    Population& population;
    mpi::Deadline patience;
};

trainer::Metrics score_on(const Stage& stage,
                          data::Role role,
                          std::vector<float>* predictions = nullptr) {
    const auto indices = data::samples_of(role, stage.inputs.roles);
    auto predicted =
        stage.population.trainer().predict(stage.population.trainer().weights(), indices);
    const auto metrics =
        trainer::metrics_of(predicted, responses_of(*stage.inputs.samples, indices));
    if (predictions != nullptr) { *predictions = std::move(predicted); }
    return metrics;
}

/// This trainer's line of the final table.
Json own_standing(const Stage& stage) {
    const auto metrics = score_on(stage, data::Role::tournament);
    const auto metric = tournament::parse_metric(stage.settings.metric);
    const Totals& totals = stage.population.totals();
    trainer::Trainer& trainer = stage.population.trainer();
    return {{"trainer", stage.layout.trainer},
            {"score", to_json_number(value_of(metric, metrics))},
            {"digest", to_hex(trainer.digest())},
            {"lineage", stage.population.contestant().lineage()},
            {"hyperparameters", trainer.hyperparameters().as_map()},
            {"step", trainer.progress().step},
            {"samples", totals.samples},
            {"train_s", totals.train_s},
            {"tournament_s", totals.tournament_s},
            {"tournament_role", to_json(metrics)}};
}

/// All standings, best first, on every rank.
Json gather_standings(const Stage& stage) {
    const Json own = own_standing(stage);
    const auto texts = mpi::gather_texts(
        stage.layout.world, stage.layout.is_lead() ? own.dump() : "", 0, stage.patience);
    std::vector<Json> standings;
    for (const std::string& text : texts) {
        if (!text.empty()) { standings.push_back(Json::parse(text)); }
    }
    const auto metric = tournament::parse_metric(stage.settings.metric);
    std::ranges::stable_sort(standings, [&](const Json& a, const Json& b) {
        return tournament::is_better(
            from_json_number(a.at("score")), from_json_number(b.at("score")), metric);
    });
    return Json::parse(
        mpi::broadcast(stage.layout.world, Json(standings).dump(), 0, stage.patience));
}

void save_test_predictions(const Stage& stage, std::span<const float> predictions) {
    const auto indices = data::samples_of(data::Role::test, stage.inputs.roles);
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), "sample,response,prediction\n");
    const auto responses = stage.inputs.samples->responses();
    for (std::size_t i = 0; i < indices.size(); ++i) {
        fmt::format_to(std::back_inserter(text),
                       "{},{},{}\n",
                       indices[i],
                       responses[indices[i]],
                       predictions[i]);
    }
    write_atomically(stage.settings.out + "/models/test_predictions.csv",
                     std::string_view(text.data(), text.size()));
}

/// The best trainer scores the test role; its metrics, on every rank.
Json score_test_role(const Stage& stage, int best) {
    std::string text;
    if (stage.layout.trainer == best) {
        std::vector<float> predictions;
        text = to_json(score_on(stage, data::Role::test, &predictions)).dump();
        if (stage.layout.is_lead()) { save_test_predictions(stage, predictions); }
    }
    const int lead = stage.layout.first_ranks[static_cast<std::size_t>(best)];
    return Json::parse(mpi::broadcast(stage.layout.world, std::move(text), lead, stage.patience));
}

void save_models(const Stage& stage, const Json& standings, int best) {
    const auto own = std::ranges::find_if(standings, [&](const Json& standing) {
        return standing.at("trainer") == stage.layout.trainer;
    });
    const auto save = [&](const std::string& name) {
        trainer::Trainer& trainer = stage.population.trainer();
        Json description = *own;
        description["run_id"] = stage.maker.run_id();
        description["data_digest"] = to_hex(stage.inputs.samples->digest());
        description["dropout"] = trainer.hyperparameters().dropout;
        save_model(stage.settings.out + "/models/" + name,
                   trainer.layout(),
                   trainer.weights(),
                   std::move(description));
    };
    if (!stage.layout.is_lead()) { return; }
    if (stage.settings.save_models == "all") {
        save(fmt::format("trainer-{:04d}.h5", stage.layout.trainer));
    }
    if (stage.settings.save_models != "none" && stage.layout.trainer == best) { save("best.h5"); }
}

/// Mean squared error of predicting every test sample by the mean response of the training role.
double trivial_mse(const Stage& stage) {
    const auto responses = stage.inputs.samples->responses();
    double sum = 0.0;
    const auto train = data::samples_of(data::Role::train, stage.inputs.roles);
    for (const std::uint32_t i : train) { sum += static_cast<double>(responses[i]); }
    const double mean = sum / static_cast<double>(train.size());
    double squares = 0.0;
    const auto test = data::samples_of(data::Role::test, stage.inputs.roles);
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

Json summarise(const Stage& stage,
               const Json& standings,
               const Json& test,
               const std::string& reason) {
    std::uint64_t samples = 0;
    for (const Json& standing : standings) {
        samples += standing.at("samples").get<std::uint64_t>();
    }
    return {{"schema", 1},
            {"run_id", stage.maker.run_id()},
            {"exit", 0},
            {"reason", reason},
            {"metric", stage.settings.metric},
            {"best_trainer", standings.front().at("trainer")},
            {"test", test},
            {"trivial_mse", trivial_mse(stage)},
            {"trainers", standings},
            {"samples_trained", samples},
            {"wall_s", stage.maker.elapsed_s()},
            {"train_s", mean_of(standings, "train_s")},
            {"tournament_s", mean_of(standings, "tournament_s")}};
}

std::vector<Json> last_events(const Stage& stage, const Json& summary) {
    std::vector<Json> events;
    const auto eval = [&](const Json& standing, const char* split, const Json& metrics) {
        Json event = stage.maker.make("eval",
                                      {.round = -1,
                                       .trainer = standing.at("trainer"),
                                       .lineage = standing.at("lineage"),
                                       .step = standing.at("step")});
        event["split"] = split;
        event.update(metrics);
        events.push_back(std::move(event));
    };
    const Json& standings = summary.at("trainers");
    for (int trainer = 0; trainer < stage.layout.trainers(); ++trainer) {
        for (const Json& standing : standings) {
            if (standing.at("trainer") == trainer) {
                eval(standing, "tournament-all", standing.at("tournament_role"));
            }
        }
    }
    eval(standings.front(), "test", summary.at("test"));
    Json end = stage.maker.make("run_end", {});
    for (const char* key : {"exit", "reason", "best_trainer", "test"}) {
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

void finish_run(const Settings& settings,
                const Layout& layout,
                const Inputs& inputs,
                const EventMaker& maker,
                Population& population,
                RootLog* root_log) {
    // The slowest trainer may need as long again as the fastest took.
    const Stage stage{
        .settings = settings,
        .layout = layout,
        .inputs = inputs,
        .maker = maker,
        .population = population,
        .patience = {.limit_s = settings.deadline_s + 2.0 * maker.elapsed_s(),
                     .what = fmt::format("trainer {} seat {}, at the end: waiting for "
                                         "the other trainers",
                                         layout.trainer,
                                         layout.seats.rank())}};
    const Json standings = gather_standings(stage);
    const int best = standings.front().at("trainer");
    const Json test = score_test_role(stage, best);
    save_models(stage, standings, best);
    mpi::barrier(layout.world, stage.patience);
    if (root_log == nullptr) { return; }
    const Json summary = summarise(stage, standings, test, root_log->stop_reason());
    root_log->append(last_events(stage, summary));
    write_atomically(settings.out + "/summary.json", summary.dump(2) + "\n");
    root_log->progress().show_result(summary);
}

}  // namespace ltfb::orchestrator
