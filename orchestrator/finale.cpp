#include "orchestrator/finale.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "orchestrator/model_file.hpp"
#include "orchestrator/results.hpp"

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

/// Collective over the best trainer's seats: its metrics on the test role.
Json score_test_role(const Stage& stage) {
    std::vector<float> predictions;
    const Json metrics = to_json(score_on(stage, data::Role::test, &predictions));
    if (stage.layout.is_lead()) { save_test_predictions(stage, predictions); }
    return metrics;
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
        for (const char* key : {"train_s", "tournament_s"}) { description.erase(key); }
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

/// What the lead seats tell the root at the end, and the root them.
class EndTalk {
public:
    explicit EndTalk(const Stage& stage) : stage_(stage) {}

    /// Root. The messages of all trainers, `own` included, by trainer.
    std::map<int, Json> gather(Json own);
    /// Root. Tells all.
    void tell(const Json& message);
    /// Another lead seat.
    void answer(const Json& message) {
        stage_.population.transport().post(0, tournament::Channel::end, message.dump());
    }
    Json hear();

private:
    std::optional<std::string> poll(int trainer) {
        return stage_.population.transport().poll(trainer, tournament::Channel::end);
    }

    const Stage& stage_;
};

std::map<int, Json> EndTalk::gather(Json own) {
    std::map<int, Json> messages{{stage_.layout.trainer, std::move(own)}};
    const auto is_complete = [&] {
        stage_.population.attend();
        for (int trainer = 0; trainer < stage_.layout.trainers(); ++trainer) {
            if (messages.contains(trainer)) { continue; }
            if (const auto text = poll(trainer)) { messages[trainer] = Json::parse(*text); }
        }
        return static_cast<int>(messages.size()) == stage_.layout.trainers();
    };
    mpi::wait_until(is_complete, stage_.patience);
    return messages;
}

void EndTalk::tell(const Json& message) {
    for (int trainer = 0; trainer < stage_.layout.trainers(); ++trainer) {
        if (trainer == stage_.layout.trainer) { continue; }
        stage_.population.transport().post(trainer, tournament::Channel::end, message.dump());
    }
}

Json EndTalk::hear() {
    std::optional<std::string> text;
    const auto is_here = [&] {
        stage_.population.attend();
        text = poll(0);
        return text.has_value();
    };
    mpi::wait_until(is_here, stage_.patience);
    return Json::parse(*text);
}

/// Collective over a trainer's seats. Its part once the standings are known; what its lead seat
/// tells the root.
Json conclude(const Stage& stage, const Json& standings) {
    const int best = standings.front().at("trainer");
    Json told = {{"saved", stage.layout.trainer}};
    if (stage.layout.trainer == best) { told["test"] = score_test_role(stage); }
    save_models(stage, standings, best);
    return told;
}

/// Collective over the root trainer's seats. Standings and test metrics, once all is saved.
std::pair<Json, Json> lead_end(const Stage& stage, EndTalk& talk, Json own) {
    const bool is_root = stage.layout.is_root();
    std::vector<Json> standings;
    if (is_root) {
        for (auto& [trainer, standing] : talk.gather(std::move(own))) {
            standings.push_back(std::move(standing));
        }
        sort_standings(standings, tournament::parse_metric(stage.settings.metric));
    }
    if (is_root) { talk.tell({{"standings", standings}}); }
    const Json shared =
        Json::parse(mpi::broadcast(stage.layout.seats, Json(standings).dump(), 0, stage.patience));
    Json told = conclude(stage, shared);
    Json test;
    if (is_root) {
        for (const auto& [trainer, message] : talk.gather(std::move(told))) {
            test = message.value("test", test);
        }
        talk.tell({{"end", true}});
    }
    return {std::move(standings), std::move(test)};
}

/// Collective over another trainer's seats. It concludes again where the best one dies meanwhile.
void follow_end(const Stage& stage, EndTalk& talk, const Json& own) {
    const bool is_lead = stage.layout.is_lead();
    if (is_lead) { talk.answer(own); }
    for (;;) {
        const Json heard = Json::parse(mpi::broadcast(
            stage.layout.seats, is_lead ? talk.hear().dump() : "", 0, stage.patience));
        if (heard.contains("end")) { return; }
        const Json told = conclude(stage, heard.at("standings"));
        if (is_lead) { talk.answer(told); }
    }
}

}  // namespace

int finish_run(const Settings& settings,
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
    EndTalk talk(stage);
    const Json own = own_standing(stage);
    if (!population.station().holds_root || layout.trainer != 0) {
        follow_end(stage, talk, own);
        return 0;
    }
    const auto [standings, test] = lead_end(stage, talk, own);
    if (root_log == nullptr) { return 0; }
    return write_result({settings, inputs, maker}, *root_log, standings, test);
}

}  // namespace ltfb::orchestrator
