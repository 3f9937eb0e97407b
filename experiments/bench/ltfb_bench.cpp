// Measures the training code on this machine; see --help.
#include <cstdio>
#include <utility>

#include "core/mpi.hpp"
#include "core/program.hpp"
#include "experiments/bench/ceilings.hpp"
#include "experiments/bench/exchange.hpp"
#include "experiments/bench/exchange_tcp.hpp"
#include "experiments/bench/measure.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"
#include "orchestrator/launch.hpp"

namespace {

using namespace ltfb;

int run(const bench::Options& options) {
    mpi::Comm world = mpi::Comm::world();
    const bool is_first = world.rank() == 0;
    bench::Table table = bench::table_of_run();
    switch (options.verb) {
        case bench::Verb::help:
            break;
        case bench::Verb::step:
            measure_steps(world, options, table);
            break;
        case bench::Verb::predict:
            measure_predictions(world, options, table);
            break;
        case bench::Verb::data:
            measure_data(world, options, table);
            break;
        case bench::Verb::exchange:
            measure_exchange(std::move(world), options, table);
            break;
        case bench::Verb::exchange_tcp:
            measure_exchange_tcp(std::move(world), options, table);
            break;
        case bench::Verb::ceilings:
            report_ceilings(world, options, table);
            break;
    }
    if (is_first) { std::fputs(table.as(options.report).c_str(), stdout); }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return run_program("ltfb-bench", [&] {
        const bench::Options options = bench::parse_options(argc, argv);
        if (options.verb == bench::Verb::help) {
            std::fputs(bench::usage().c_str(), stdout);
            return 0;
        }
        const int ranks = options.trainers * options.ranks;
        if (ranks > 1 && !orchestrator::is_inside_job()) {
            orchestrator::become_job(ranks, argc, argv);
        }
        return mpi::run(argc, argv, [&] { return run(options); });
    });
}
