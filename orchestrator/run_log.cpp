#include "orchestrator/run_log.hpp"

#include <chrono>
#include <utility>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/live_server.hpp"
#include "orchestrator/run_directory.hpp"
#include "orchestrator/training_settings.hpp"
#include "trainer/model.hpp"

namespace ltfb::orchestrator {

namespace {

Json start_event(const EventMaker& maker, const Settings& settings, const data::Samples& samples) {
    Json hyperparameters = Json::array();
    const auto layout = layout_of(settings);
    for (int trainer = 0; trainer < static_cast<int>(layout.size()); ++trainer) {
        hyperparameters.push_back(initial_hyperparameters(settings, trainer).as_map());
    }
    Json event = maker.make("run_start", {});
    event["trainers"] = layout.size();
    event["ranks_per_trainer"] = layout;
    event["settings"] = decisive_settings(settings);
    event["hyperparameters"] = hyperparameters;
    event["data_digest"] = to_hex(samples.digest());
    event["version"] = LTFB_VERSION;
    return event;
}

}  // namespace

std::unique_ptr<RootLog> open_log(const Settings& settings,
                                  const Inputs& inputs,
                                  const EventMaker& maker,
                                  const StartPoint& start,
                                  int first_sender) {
    const auto model = trainer::ModelLayout(model_shape(settings, inputs.samples->shape()));
    Json config = config_of(settings, *inputs.samples, inputs.roles, model.parameters);
    config["run_id"] = maker.run_id();
    write_atomically(settings.out + "/config.json", config.dump(2) + "\n");
    const LogPosition position = mend_log(settings.out + "/events.jsonl");
    auto log = std::make_unique<RootLog>(
        settings,
        maker,
        position,
        SnapshotKeeper::Plan{.run = settings.out,
                             .trainers = settings.trainers,
                             .keep = settings.keep,
                             .interval = parse_snapshot_every(settings.snapshot_every),
                             .common = {.run_id = maker.run_id(),
                                        .version = LTFB_VERSION,
                                        .data_digest = to_hex(inputs.samples->digest()),
                                        .settings = decisive_settings(settings),
                                        .round = start.first_round() - 1}},
        settings.serve.empty() ? nullptr : serve_run(settings.serve, settings.out, live_page()),
        first_sender);
    if (position.seq == 0) {
        log->append({start_event(maker, settings, *inputs.samples)});
    } else {
        Json event = maker.make("resume", {.round = start.first_round() - 1});
        event.update(resume_fields(start, settings.out, position.seq));
        log->append({std::move(event)});
    }
    if (start.snapshot) { log->progress().restore(start.first_round(), start.snapshot->standings); }
    return log;
}

EventMaker maker_of(const Settings& settings, const Inputs& inputs, const StartPoint& start) {
    const std::chrono::duration<double> gone(start.snapshot ? start.snapshot->elapsed_s : 0.0);
    return {
        start.snapshot ? start.snapshot->run_id : run_id_of(settings, *inputs.samples),
        EventMaker::Clock::now() - std::chrono::duration_cast<EventMaker::Clock::duration>(gone)};
}

}  // namespace ltfb::orchestrator
