#include "orchestrator/trainer_job.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"
#include "orchestrator/finale.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/job_transport.hpp"
#include "orchestrator/layout.hpp"
#include "orchestrator/population.hpp"
#include "orchestrator/process.hpp"
#include "orchestrator/resume.hpp"
#include "tournament/mpi_transport.hpp"
#include "tournament/tcp_transport.hpp"

namespace ltfb::orchestrator {

namespace {

EventMaker::Clock::time_point time_of(double seconds) {
    return EventMaker::Clock::time_point(std::chrono::duration_cast<EventMaker::Clock::duration>(
        std::chrono::duration<double>(seconds)));
}

tournament::TcpSeat tcp_seat(const JobStart& job, int seat, ControlLine& line) {
    return {.self = {job.trainer, seat},
            .token = line.token(),
            .folder = fmt::format("{}/trainer-{:04d}/sent-{:04d}", job.folder, job.trainer, seat),
            .incarnation = job.incarnation,
            .find = [&line](tournament::Address address) {
                return line.places_of(address.trainer, address.seat);
            }};
}

/// What a trainer that is started again needs of its state, besides the model: what it has sent and
/// may be asked for again, and its last report, which may not have reached the root.
StatePlan state_plan(const JobStart& job,
                     const Layout& layout,
                     tournament::TcpTransport& others,
                     tournament::Transport& all) {
    const bool is_lead = layout.is_lead();
    return {.folder = fmt::format("{}/trainer-{:04d}", job.folder, job.trainer),
            .memory = [&others] { return others.memory(); },
            .restored =
                [&others, &all, is_lead](const Json& memory, int round) {
                    const bool has_sent = is_lead && !memory.is_null();
                    others.restore(has_sent ? memory.at("sent") : Json::array(), round);
                    if (!has_sent || memory.at("report").is_null()) { return; }
                    all.post(0, tournament::Channel::events, memory.at("report").dump());
                },
            .saved =
                [&others, &all, is_lead](int round) {
                    others.tell_saved(round);
                    if (!is_lead) { return; }
                    all.post(0, tournament::Channel::end, Json{{"state", round}}.dump());
                }};
}

/// Collective. The round of the trainer's own newest state; -1 where it has none.
int own_state_round(const JobStart& job,
                    const Layout& layout,
                    const StatePlan& states,
                    const mpi::Deadline& soon) {
    int round = -1;
    if (layout.is_lead() && job.incarnation > 0) { round = states.newest_round().value_or(-1); }
    round = mpi::max(layout.seats, round + 1, soon) - 1;
    if (round >= job.saved_round) { return round; }
    throw Error(
        fmt::format("{}: trainer {}'s state after round {} is missing (go on with --resume)",
                    states.folder,
                    job.trainer,
                    job.saved_round));
}

}  // namespace

std::unique_ptr<ControlLine> open_line(const std::optional<JobStart>& job) {
    if (std::getenv(control_variable) == nullptr) { return nullptr; }
    const char* rank = nullptr;
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}) {
        if (rank == nullptr) { rank = std::getenv(name); }
    }
    require(rank != nullptr, "job: its launcher doesn't tell a process its rank");
    return ControlLine::from_environment(
        std::atoi(rank), job ? fmt::format("{} {}", job->trainer, job->incarnation) : "");
}

namespace {

/// What all ranks of a job open together, and how they leave.
struct JobStage {
    const Settings& settings;
    const JobStart& job;
    ControlLine& line;
    mpi::Deadline soon;
    std::unique_ptr<Layout> layout = {};
    Inputs inputs = {};
};

/// Collective over the job. An exit code where there is nothing to go on with.
int open_stage(JobStage& stage, const mpi::Comm& everybody) {
    const Settings& settings = stage.settings;
    return mpi::run_together(everybody, "ltfb-run", stage.soon, [&] {
        const std::vector<int> sizes = layout_of(settings);
        stage.layout = stage.job.is_of_all() ? std::make_unique<Layout>(sizes)
                                             : std::make_unique<Layout>(sizes, stage.job.trainer);
        stage.inputs = open_inputs(settings, stage.layout->trainer);
    });
}

void restore_from_snapshot(const JobStage& stage, Population& population) {
    const JobStart& job = stage.job;
    const Manifest manifest = read_manifest(stage.settings.out, job.snapshot_round);
    const int source = source_of(stage.layout->trainer, stage.layout->trainers(), manifest);
    population.restore(snapshot_folder(stage.settings.out, job.snapshot_round) + "/" +
                       part_name(source));
}

/// Where others of this job have died, leaves the process without MPI_Finalize, which may wait for
/// them.
void leave(const JobStage& stage, int exit_code) {
    stage.line.say_bye(exit_code);
    if (!stage.job.is_of_all() || !stage.line.has_losses()) { return; }
    stage.line.close();
    std::fflush(nullptr);
    ::_exit(0);
}

/// Collective over the trainer. Plays all rounds to the end of the run, and leaves.
void play(const JobStage& stage, const EventMaker& maker, Population& population) {
    auto exit_code = population.run();
    if (!exit_code) {
        exit_code =
            finish_run(stage.settings, *stage.layout, stage.inputs, maker, population, nullptr);
        population.await_idle();
    }
    leave(stage, *exit_code);
}

// A trainer's rounds are the same as in one job for all trainers; what differs is where its ranks
// begin. Started for the first time they begin as the run does. Started again, they go on after the
// trainer's own newest state, and play what they may have played before once more: everybody they
// met since has kept what it sent (tournament/tcp_transport.hpp), and what they themselves send and
// report a second time is known already. Nobody else has to begin anew.
void train_one(const JobStage& stage) {
    const auto& [settings, job, line, soon, layout, inputs] = stage;
    tournament::TcpTransport others(tcp_seat(job, layout->seats.rank(), line));
    JobTransport transport(others, line);
    const EventMaker maker(job.run_id, time_of(job.start_s));
    Population population(settings,
                          *layout,
                          inputs,
                          maker,
                          {.transport = transport,
                           .holds_root = false,
                           .line = &line,
                           .states = state_plan(job, *layout, others, transport)});
    const StatePlan& states = population.station().states;
    const int own = own_state_round(job, *layout, states, soon);
    if (own >= 0) {
        population.restore(states.path_of(own), Population::StateOf::own);
    } else if (job.snapshot_round >= 0) {
        restore_from_snapshot(stage, population);
    } else {
        states.restored(Json(), -1);
    }
    line.say_places(own_places(others.port()));
    play(stage, maker, population);
}

/// One of all trainers: nothing is saved but snapshots, and none is started again.
void train_among(const JobStage& stage) {
    const auto& [settings, job, line, soon, layout, inputs] = stage;
    tournament::MpiTransport others(layout->world,
                                    layout->first_ranks,
                                    mpi::default_piece_bytes,
                                    tournament::MpiTransport::OnError::wait);
    JobTransport transport(others, line);
    const EventMaker maker(job.run_id, time_of(job.start_s));
    Population population(settings,
                          *layout,
                          inputs,
                          maker,
                          {.transport = transport, .holds_root = false, .line = &line});
    if (job.snapshot_round >= 0) { restore_from_snapshot(stage, population); }
    if (layout->is_lead()) { line.say_started(); }
    play(stage, maker, population);
}

}  // namespace

int train_in_job(Settings settings, const JobStart& job, ControlLine& line) {
    settings.engine = job.engine;
    settings.precision = job.precision;
    JobStage stage{.settings = settings,
                   .job = job,
                   .line = line,
                   .soon = {.limit_s = settings.deadline_s, .what = "own ranks at the start"}};
    const mpi::Comm everybody = mpi::Comm::world();
    if (const int failed = open_stage(stage, everybody); failed != 0) {
        leave(stage, failed);
    } else if (job.is_of_all()) {
        train_among(stage);
    } else {
        train_one(stage);
    }
    return 0;
}

}  // namespace ltfb::orchestrator
