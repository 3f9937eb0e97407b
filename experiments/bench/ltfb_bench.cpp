// Measures the training code on this machine; see --help.
#include <cstdio>

#include "core/mpi.hpp"
#include "experiments/bench/ceilings.hpp"
#include "experiments/bench/exchange.hpp"
#include "experiments/bench/exchange_tcp.hpp"
#include "experiments/bench/measure.hpp"
#include "experiments/bench/options.hpp"
#include "experiments/bench/report.hpp"

namespace {

using namespace ltfb;

void add_ceilings(const bench::Options& options, bench::Table& table) {
    const bench::Ceilings ceilings = bench::measure_ceilings(options.threads, options.repeats);
    table.add("threads", options.threads);
    table.add("fma_gflops", ceilings.fma_gflops);
    table.add("gemm_gflops", ceilings.gemm_gflops);
    table.add("read_gbytes_s", ceilings.read_gbytes_s);
}

int run(const bench::Options& options) {
    mpi::Comm world = mpi::Comm::world();
    const bool is_first = world.rank() == 0;
    bench::Table table = bench::table_of_run();
    switch (options.verb) {
        case bench::Verb::help:
            break;
        case bench::Verb::step:
            measure_steps(std::move(world), options, table);
            break;
        case bench::Verb::predict:
            measure_predictions(std::move(world), options, table);
            break;
        case bench::Verb::exchange:
            measure_exchange(std::move(world), options, table);
            break;
        case bench::Verb::exchange_tcp:
            measure_exchange_tcp(std::move(world), options, table);
            break;
        case bench::Verb::ceilings:
            if (is_first) { add_ceilings(options, table); }
            break;
    }
    if (is_first) {
        const std::string text =
            options.verb == bench::Verb::help ? bench::usage() : table.as(options.report);
        std::fputs(text.c_str(), stdout);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return mpi::run(argc, argv, [&] { return run(bench::parse_options(argc, argv)); });
}
