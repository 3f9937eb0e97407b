#include "experiments/log/verbs/verbs.hpp"

#include <iostream>
#include <map>

#include <fmt/core.h>

#include "core/error.hpp"
#include "experiments/log/progress.hpp"
#include "experiments/log/simulate_log.hpp"

namespace ltfb::experiments {

namespace {

using Print = void (*)(const RunLog&, const Options&, TableWriter&);
struct TableVerb {
    Print print;
    Detail detail;
};

const std::map<std::string_view, TableVerb> table_verbs{
    {"summary", {print_summary, Detail::matches}},
    {"standings", {print_standings, Detail::everything}},
    {"matches", {print_matches, Detail::everything}},
    {"lineage", {print_lineage, Detail::matches}},
    {"schedule", {print_schedule, Detail::everything}},
    {"curves", {print_curves, Detail::everything}},
    {"timing", {print_timing, Detail::matches}},
    {"wins", {print_wins, Detail::matches}},
    {"diversity", {print_diversity, Detail::everything}},
};

using Act = int (*)(const Options&);
const std::map<std::string_view, Act> other_verbs{
    {"verify", verify_runs},
    {"compare", compare_runs},
    {"follow", follow_run},
    {"export", export_runs},
    {"report", report_run},
    {"serve", serve_runs},
    {"simulate", simulate_run},
};

void warn(const RunLog& log) {
    constexpr std::size_t shown = 10;
    const auto& first = log.problems.first();
    for (std::size_t i = 0; i < first.size() && i < shown; ++i) {
        fmt::print(stderr, "{}:{}: {}\n", log.path, first[i].line, first[i].what);
    }
    if (log.problems.count() > shown) {
        fmt::print(stderr, "{}: {} more such lines\n", log.path, log.problems.count() - shown);
    }
}

}  // namespace

RunLog load_run(const std::string& run, Detail detail, const Options& options) {
    ProgressBar bar(run);
    EventReader::OnProgress on_progress;
    if (options.has_progress) {
        on_progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.show(done, total); };
    }
    RunLog log = read_run(run, detail, on_progress);
    warn(log);
    return log;
}

int run_verb(const Options& options) {
    if (const auto other = other_verbs.find(options.verb); other != other_verbs.end()) {
        return other->second(options);
    }
    const TableVerb& verb = table_verbs.at(options.verb);
    const auto out = make_table_writer(std::cout, options.style, options.verb);
    for (const auto& run : options.runs) {
        const RunLog log = load_run(run, verb.detail, options);
        out->begin_run(log.name, log.run_id);
        verb.print(log, options, *out);
    }
    out->finish();
    std::cout.flush();
    if (!std::cout) { throw Error("standard output: cannot be written (is the disk full?)"); }
    return 0;
}

void check_round(const RunLog& log, std::int32_t round) {
    if (round >= log.rounds()) {
        throw InputError(
            fmt::format("--round {}: {} has rounds 0 to {}", round, log.name, log.rounds() - 1));
    }
}

void check_trainer(const RunLog& log, std::int32_t trainer) {
    if (trainer >= log.trainers) {
        throw InputError(fmt::format(
            "trainer {}: {} has trainers 0 to {}", trainer, log.name, log.trainers - 1));
    }
}

void append_hyperparameter_columns(const RunLog& log, TableSpec& spec) {
    for (const auto& name : log.hyperparameters.names()) {
        spec.columns.push_back({name, Format::number});
    }
}

int simulate_run(const Options& options) {
    if (options.output.empty()) {
        throw InputError("simulate: no --out (name a new run directory)");
    }
    simulate_log(options.simulation, options.output);
    return 0;
}

}  // namespace ltfb::experiments
