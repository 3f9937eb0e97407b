#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "core/mpi.hpp"
#include "core/program.hpp"
#include "orchestrator/dry_run.hpp"
#include "orchestrator/finale.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/launch.hpp"
#include "orchestrator/options.hpp"
#include "orchestrator/population.hpp"
#include "orchestrator/run_directory.hpp"
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

// One rank of the job. Whatever can go wrong with the input goes wrong in the two steps that are
// run together, before anything is written or trained: one rank speaks, all leave.
int train_population(const Settings& settings) {
    const mpi::Deadline soon{.limit_s = settings.deadline_s, .what = "all ranks at the start"};
    std::unique_ptr<Layout> layout;
    Inputs inputs;
    const mpi::Comm everybody = mpi::Comm::world();
    const int failed = mpi::run_together(everybody, program, soon, [&] {
        layout = std::make_unique<Layout>(layout_of(settings));
        inputs = open_inputs(settings, layout->trainer);
        if (layout->is_root()) { create_run_directory(settings.out, settings.force); }
    });
    if (failed != 0) { return failed; }

    const EventMaker maker(run_id_of(settings, *inputs.samples), EventMaker::Clock::now());
    std::unique_ptr<RootLog> root_log;
    if (layout->is_root()) {
        const auto model = trainer::ModelLayout(model_shape(settings, inputs.samples->shape()));
        const Json config = config_of(settings, *inputs.samples, inputs.roles, model.parameters);
        write_atomically(settings.out + "/config.json", config.dump(2) + "\n");
        root_log = std::make_unique<RootLog>(settings, maker, layout->trainers());
        root_log->append({start_event(maker, settings, *layout, *inputs.samples)});
    }
    Population population(settings, *layout, inputs, maker, root_log.get());
    population.run();
    finish_run(settings, *layout, inputs, maker, population, root_log.get());
    return 0;
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
    validate(command.settings);
    const bool needs_job = !is_inside_job() && command.settings.launcher != "none";
    if (needs_job) {
        check_before_launch(command.settings);
        return launch_job(command.settings, argc, argv);
    }
    return mpi::run(argc, argv, [&] { return train_population(command.settings); });
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(program, [&] { return run(argc, argv); });
}
