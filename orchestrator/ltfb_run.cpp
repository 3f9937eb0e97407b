#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/mpi.hpp"
#include "core/program.hpp"
#include "orchestrator/dry_run.hpp"
#include "orchestrator/finale.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/launch.hpp"
#include "orchestrator/live_server.hpp"
#include "orchestrator/options.hpp"
#include "orchestrator/population.hpp"
#include "orchestrator/resume.hpp"
#include "orchestrator/run_directory.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_control.hpp"
#include "orchestrator/training_settings.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

constexpr const char* program = "ltfb-run";

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
}

Json start_event(const EventMaker& maker,
                 const Settings& settings,
                 const Layout& layout,
                 const data::Samples& samples) {
    Json hyperparameters = Json::array();
    for (int trainer = 0; trainer < layout.trainers(); ++trainer) {
        hyperparameters.push_back(initial_hyperparameters(settings, trainer).as_map());
    }
    Json event = maker.make("run_start", {});
    event["trainers"] = layout.trainers();
    event["ranks_per_trainer"] = layout.ranks_per_trainer;
    event["settings"] = decisive_settings(settings);
    event["hyperparameters"] = hyperparameters;
    event["data_digest"] = to_hex(samples.digest());
    event["version"] = LTFB_VERSION;
    return event;
}

/// The root's log, with its first event, and config.json.
std::unique_ptr<RootLog> open_log(const Settings& settings,
                                  const Layout& layout,
                                  const Inputs& inputs,
                                  const EventMaker& maker,
                                  const StartPoint& start,
                                  ControlLine* line) {
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
                             .trainers = layout.trainers(),
                             .keep = settings.keep,
                             .interval = parse_snapshot_every(settings.snapshot_every),
                             .common = {.run_id = maker.run_id(),
                                        .version = LTFB_VERSION,
                                        .data_digest = to_hex(inputs.samples->digest()),
                                        .settings = decisive_settings(settings),
                                        .round = start.first_round() - 1}},
        settings.serve.empty() ? nullptr : serve_run(settings.serve, settings.out, live_page()),
        line);
    if (position.seq == 0) {
        log->append({start_event(maker, settings, layout, *inputs.samples)});
    } else {
        Json event = maker.make("resume", {.round = start.first_round() - 1});
        event.update(resume_fields(start, settings.out, position.seq));
        log->append({std::move(event)});
    }
    if (start.snapshot) { log->progress().restore(start.first_round(), start.snapshot->standings); }
    return log;
}

/// Counts on from where the snapshot was taken.
EventMaker maker_of(const Settings& settings, const Inputs& inputs, const StartPoint& start) {
    const std::chrono::duration<double> gone(start.snapshot ? start.snapshot->elapsed_s : 0.0);
    return {
        start.snapshot ? start.snapshot->run_id : run_id_of(settings, *inputs.samples),
        EventMaker::Clock::now() - std::chrono::duration_cast<EventMaker::Clock::duration>(gone)};
}

/// Whether the job goes on without a trainer that dies; then a failure of one must not end it.
bool outlives_trainers(const Settings& settings) {
    return settings.on_trainer_loss != "restart" && std::getenv(control_variable) != nullptr;
}

/// Leaves the process without MPI_Finalize, which may wait for the dead.
[[noreturn]] void leave_at_once(std::unique_ptr<ControlLine> line, int exit_code) {
    line.reset();  // says what is still to be said
    std::fflush(nullptr);
    ::_exit(exit_code);
}

void warn_unwatched(const Settings& settings) {
    std::fputs(
        fmt::format("{}: warning: --on-trainer-loss {}: nobody watches over this job (let {} "
                    "start it itself)\n",
                    program,
                    settings.on_trainer_loss,
                    program)
            .c_str(),
        stderr);
}

// One rank of the job. Whatever can go wrong with the input goes wrong in the two steps that are
// run together, before anything is written or trained: one rank speaks, all leave.
int take_part(Settings settings, const mpi::Comm& everybody, std::unique_ptr<ControlLine>& line) {
    std::unique_ptr<Layout> layout;
    Inputs inputs;
    const mpi::Deadline soon{
        .limit_s = settings.deadline_s,
        .what = fmt::format("rank {}, at the start: waiting for all ranks", everybody.rank())};
    settings.precision = agreed_precision(settings, everybody, soon);
    const auto leave = [&](int exit_code) {
        if (!line) { return exit_code; }
        // The launching process hears the code; launchers differ in what they make of one.
        line->say_bye(exit_code);
        if (line->has_losses()) { leave_at_once(std::move(line), 0); }
        return 0;
    };
    if (!line && settings.on_trainer_loss != "restart" && everybody.rank() == 0) {
        warn_unwatched(settings);
    }
    ControlLine* const loss_line = outlives_trainers(settings) ? line.get() : nullptr;
    int failed = mpi::run_together(everybody, program, soon, [&] {
        layout = std::make_unique<Layout>(layout_of(settings));
        inputs = open_inputs(settings, layout->trainer);
    });
    if (failed != 0) { return leave(failed); }
    StartPoint start = find_start(settings, everybody, soon);
    failed = mpi::run_together(everybody, program, soon, [&] {
        prepare_start(start, settings, *inputs.samples, layout->is_root());
    });
    if (failed != 0) { return leave(failed); }

    const EventMaker maker = maker_of(settings, inputs, start);
    std::unique_ptr<RootLog> root_log;
    if (layout->is_root()) {
        root_log = open_log(settings, *layout, inputs, maker, start, loss_line);
    }
    Population population(settings, *layout, inputs, maker, root_log.get(), loss_line);
    if (start.snapshot) {
        population.restore(snapshot_folder(settings.out, start.snapshot->round),
                           source_of(layout->trainer, layout->trainers(), *start.snapshot));
    }
    if (loss_line != nullptr && layout->is_root()) { loss_line->say_started(); }
    if (const auto exit_code = population.run()) {
        if (root_log) { root_log->finish(); }
        return leave(*exit_code);
    }
    const int exit_code = finish_run(settings, *layout, inputs, maker, population, root_log.get());
    population.await_idle();
    return leave(exit_code);
}

// Input that turns out to be bad while it is read, as a row of a dense set, ends the job for good.
int train_population(const Settings& settings) {
    const mpi::Comm everybody = mpi::Comm::world();
    auto line = ControlLine::from_environment(everybody.rank());
    try {
        return take_part(settings, everybody, line);
    } catch (const InputError& error) {
        if (line) { line->refuse(error.what()); }
        throw;
    }
}

/// A failure of a trainer that others can go on without ends its own ranks alone.
int train_alone(const Settings& settings) {
    try {
        return train_population(settings);
    } catch (const std::exception& error) {
        std::fputs(fmt::format("{}: {}\n", program, error.what()).c_str(), stderr);
        std::fflush(nullptr);
        ::_exit(1);
    }
}

int run(int argc, char** argv) {
    const Command command = parse_command(argc, argv);
    switch (command.action) {
        case Action::help:
            print(command.help);
            return 0;
        case Action::version:
            print(fmt::format("{} {}\n", program, LTFB_VERSION));
            return 0;
        case Action::print_config:
            print(to_json(command.settings).dump(2) + "\n");
            return 0;
        case Action::dry_run:
            validate(command.settings);
            print(dry_run(command.settings));
            return 0;
        case Action::train:
            break;
    }
    Settings settings = command.settings;
    if (is_inside_job() && is_restarted_job()) {
        settings.resume = "auto";
        settings.force = false;
    }
    validate(settings);
    if (!settings.resume.empty() && settings.allow_change.empty() &&
        is_complete_run(settings.out)) {
        print(fmt::format("{}: the run is complete\n", settings.out));
        return 0;
    }
    install_signal_handlers();
    const bool needs_job = !is_inside_job() && settings.launcher != "none";
    if (needs_job) {
        check_before_launch(settings);
        return launch_job(settings, argc, argv);
    }
    return mpi::run(argc, argv, [&] {
        return outlives_trainers(settings) ? train_alone(settings) : train_population(settings);
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(program, [&] { return run(argc, argv); });
}
