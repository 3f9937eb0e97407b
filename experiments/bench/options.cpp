#include "experiments/bench/options.hpp"

#include <limits>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::bench {

namespace {

namespace po = boost::program_options;

template <class T>
auto with_default(T& value) {
    return po::value<T>(&value)->default_value(value);
}

po::options_description visible(Options& options) {
    po::options_description all("options");
    auto add = all.add_options();
    add("help", "this text");
    add("engine", with_default(options.engine), "reference or onednn");
    add("precision", with_default(options.precision), "auto, fp32 or bf16");
    add("threads", with_default(options.threads), "OpenMP threads of a rank");
    add("batch", with_default(options.batch), "samples a step, over all ranks");
    add("dropout", with_default(options.dropout), "probability of dropping a unit");
    add("steps", with_default(options.steps), "steps timed at a time");
    add("repeats", with_default(options.repeats), "timings, of which the median counts");
    add("warmup", with_default(options.warmup), "steps before the first timing");
    add("hidden", with_default(options.hidden), "width of the hidden layers");
    add("cells", with_default(options.cells), "distinct cells");
    add("drugs", with_default(options.drugs), "distinct drugs");
    add("cell-features", with_default(options.cell_features), "features of a cell");
    add("drug-features", with_default(options.drug_features), "features of a drug");
    add("samples", with_default(options.samples), "samples in the set; predict scores them all");
    add("csv", "one header line and one line of values");
    return all;
}

Verb parse_verb(const std::string& text) {
    if (text.empty()) { return Verb::help; }
    if (text == "step") { return Verb::step; }
    if (text == "predict") { return Verb::predict; }
    if (text == "exchange") { return Verb::exchange; }
    if (text == "exchange-tcp") { return Verb::exchange_tcp; }
    if (text == "ceilings") { return Verb::ceilings; }
    throw InputError(
        fmt::format("'{}': there is no such benchmark (one of step, predict, exchange, "
                    "exchange-tcp, ceilings; see "
                    "--help)",
                    text));
}

void require_positive(const char* option, int value) {
    if (value < 1) { throw InputError(fmt::format("--{}: {} is below 1", option, value)); }
}

}  // namespace

std::string usage() {
    Options defaults;
    std::ostringstream text;
    text
        << "usage: ltfb-bench step|predict|exchange|exchange-tcp|ceilings [options]\n"
           "  step      one data-parallel update of a full-size Combo network; under mpiexec, of\n"
           "            one trainer over all ranks\n"
           "  predict   exact scores of all samples, without dropout\n"
           "  exchange  swap of a full-size model's weights between two trainers, each of half of\n"
           "            the ranks, against a bare MPI_Sendrecv of the same bytes\n"
           "  exchange-tcp  the same between jobs of their own, against bare TCP\n"
           "  ceilings  what this machine can do: FMA, matrix product, memory\n"
        << visible(defaults);
    return text.str();
}

Options parse_options(int argc, const char* const* argv) {
    Options options;
    std::string verb;
    po::options_description all = visible(options);
    all.add_options()("verb", po::value(&verb));
    po::variables_map values;
    try {
        const auto verb_first = po::positional_options_description().add("verb", 1);
        po::store(po::command_line_parser(argc, argv).options(all).positional(verb_first).run(),
                  values);
        po::notify(values);
    } catch (const po::error& error) {
        throw InputError(fmt::format("{} (see --help)", error.what()));
    }
    options.verb = values.contains("help") ? Verb::help : parse_verb(verb);
    options.report = values.contains("csv") ? Report::csv : Report::text;
    require_positive("threads", options.threads);
    require_positive("steps", options.steps);
    require_positive("repeats", options.repeats);
    return options;
}

}  // namespace ltfb::bench
