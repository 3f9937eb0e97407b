#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/mpi.hpp"
#include "core/program.hpp"
#include "orchestrator/conductor.hpp"
#include "orchestrator/dry_run.hpp"
#include "orchestrator/finale.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/job_start.hpp"
#include "orchestrator/launch.hpp"
#include "orchestrator/options.hpp"
#include "orchestrator/population.hpp"
#include "orchestrator/resume.hpp"
#include "orchestrator/run_directory.hpp"
#include "orchestrator/run_log.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/tcp_control.hpp"
#include "orchestrator/trainer_job.hpp"
#include "orchestrator/training_settings.hpp"
#include "tournament/mpi_transport.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

constexpr const char* program = "ltfb-run";

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
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
int take_part(Settings settings, const mpi::Comm& everybody, ControlLine* line) {
    std::unique_ptr<Layout> layout;
    Inputs inputs;
    const mpi::Deadline soon{
        .limit_s = settings.deadline_s,
        .what = fmt::format("rank {}, at the start: waiting for all ranks", everybody.rank())};
    agree_on_arithmetic(settings, everybody, soon);
    const auto leave = [&](int exit_code) {
        if (!line) { return exit_code; }
        // The launching process hears the code; launchers differ in what they make of one.
        line->say_bye(exit_code);
        return 0;
    };
    if (!line && settings.on_trainer_loss != "restart" && everybody.rank() == 0) {
        warn_unwatched(settings);
    }
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
    if (layout->is_root()) { root_log = open_log(settings, inputs, maker, start); }
    tournament::MpiTransport transport(layout->world, layout->first_ranks);
    Population population(
        settings, *layout, inputs, maker, {.transport = transport, .root_log = root_log.get()});
    if (start.snapshot) {
        const int source = source_of(layout->trainer, layout->trainers(), *start.snapshot);
        population.restore(snapshot_folder(settings.out, start.snapshot->round) + "/" +
                           part_name(source));
    }
    if (const auto exit_code = population.run()) {
        if (root_log) { root_log->finish(); }
        return leave(*exit_code);
    }
    const int exit_code = finish_run(settings, *layout, inputs, maker, population, root_log.get());
    population.await_idle();
    return leave(exit_code);
}

/// The launching process hears of failures. Input that turns out to be bad while it is read, as a
/// row of a dense set, ends the run for good.
template <class Train>
int tell_failures(const std::unique_ptr<ControlLine>& line, const Train& train) {
    try {
        return train();
    } catch (const InputError& error) {
        if (line) { line->refuse(error.what()); }
        throw;
    } catch (const std::exception& error) {
        if (line) { line->say_failure(error.what()); }
        throw;
    }
}

int train_population(const Settings& settings, int argc, char** argv) {
    const auto line = open_line(std::nullopt);
    return mpi::run(argc, argv, [&] {
        const mpi::Comm everybody = mpi::Comm::world();
        return tell_failures(line, [&] { return take_part(settings, everybody, line.get()); });
    });
}

/// One rank of a job whose root is the launching process. A failure of a trainer that others of the
/// job can go on without ends its own ranks alone.
int train_for(const Settings& settings, const JobStart& job, int argc, char** argv) {
    const auto line = open_line(job);
    require(line != nullptr, "job: the orchestrator is not to be found (LTFB_CONTROL is not set)");
    const auto train = [&] {
        return tell_failures(line, [&] { return train_in_job(settings, job, *line); });
    };
    const auto train_alone = [&] {
        try {
            return train();
        } catch (const InputError&) { throw; } catch (const std::exception& error) {
            line->close();
            std::fputs(fmt::format("{}: {}\n", program, error.what()).c_str(), stderr);
            std::fflush(nullptr);
            ::_exit(1);
        }
    };
    return mpi::run(argc, argv, [&] { return job.is_of_all() ? train_alone() : train(); });
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
        is_complete_run(settings.out) && !JobStart::from_environment()) {
        print(fmt::format("{}: the run is complete\n", settings.out));
        return 0;
    }
    install_signal_handlers();
    const auto job = JobStart::from_environment();
    const bool needs_job = !is_inside_job() && settings.launcher != "none";
    if (needs_job) {
        check_before_launch(settings);
        return settings.jobs == "one" ? launch_job(settings, argc, argv)
                                      : conduct_trainers(settings, {argv + 1, argv + argc});
    }
    if (settings.jobs != "one" && !job) {
        throw InputError(
            "--jobs per-trainer: starts its own MPI jobs (start ltfb-run without "
            "mpiexec or srun)");
    }
    if (job) { return train_for(settings, *job, argc, argv); }
    return train_population(settings, argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
    return run_program(program, [&] { return run(argc, argv); });
}
