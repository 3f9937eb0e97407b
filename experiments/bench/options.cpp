#include "experiments/bench/options.hpp"

#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "trainer/engine.hpp"

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
    add("engine", with_default(options.engine), "auto, blocked, onednn or reference");
    add("precision", with_default(options.precision), "auto, fp32 or bf16");
    add("trainers", with_default(options.trainers), "trainers that work side by side");
    add("ranks",
        with_default(options.ranks),
        "ranks of a trainer, started by this program unless mpiexec has; 0: those of the job");
    add("sharing",
        po::value<std::string>()->default_value("automatic"),
        "automatic, or separate: ranks on one machine do as on several");
    add("gradient-exchange",
        with_default(options.gradient_exchange),
        "fp32 or bf16: gradients between nodes, or ranks as on several");
    add("threads", with_default(options.threads), "OpenMP threads of a rank");
    add("batch", with_default(options.batch), "samples a step, over all ranks of a trainer");
    add("dropout", with_default(options.dropout), "probability of dropping a unit");
    add("steps", with_default(options.steps), "steps timed at a time");
    add("repeats", with_default(options.repeats), "timings, of which the median counts");
    add("warmup", with_default(options.warmup), "steps before the first timing");
    add("model",
        with_default(options.model),
        "full (Combo) or tiny: sizes of the model and of generated sets that aren't given");
    add("hidden", with_default(options.hidden), "width of the hidden layers");
    add("cell-features", with_default(options.cell_features), "features of a cell");
    add("drug-features", with_default(options.drug_features), "features of a drug");
    add("set",
        po::value<std::string>()->default_value("factored"),
        "factored or dense: what a generated set is; dense ones go through a temporary file");
    add("read-ahead-mb",
        with_default(options.read_ahead_mb),
        "memory of a rank for batches of a dense set that are read ahead");
    add("data",
        with_default(options.data),
        "a set written by ltfb-data, instead of a generated one");
    add("cells", with_default(options.cells), "distinct cells");
    add("drugs", with_default(options.drugs), "distinct drugs");
    add("samples", with_default(options.samples), "samples in the set; predict scores them all");
    add("csv", "one header line and one line of values");
    return all;
}

/// One of several values by its name.
template <class T>
T parse_one_of(std::string_view what,
               const std::string& text,
               std::initializer_list<std::pair<const char*, T>> known) {
    std::vector<std::string> names;
    for (const auto& [name, value] : known) {
        if (text == name) { return value; }
        names.emplace_back(name);
    }
    throw InputError(fmt::format("{} '{}': unknown (use {})", what, text, fmt::join(names, ", ")));
}

Verb parse_verb(const std::string& text) {
    if (text.empty()) { return Verb::help; }
    return parse_one_of<Verb>("benchmark",
                              text,
                              {{"step", Verb::step},
                               {"predict", Verb::predict},
                               {"data", Verb::data},
                               {"exchange", Verb::exchange},
                               {"exchange-tcp", Verb::exchange_tcp},
                               {"ceilings", Verb::ceilings}});
}

void require_at_least(int least, const char* option, int value) {
    if (value < least) {
        throw InputError(fmt::format("--{} {}: is below {}", option, value, least));
    }
}

void apply_model(const po::variables_map& values, Options& options) {
    constexpr std::uint64_t features = 32;
    constexpr std::uint64_t width = 64;
    constexpr std::uint64_t samples = 2000;
    if (parse_one_of<bool>("--model", options.model, {{"full", false}, {"tiny", true}})) {
        const auto set = [&](const char* name, std::uint64_t& value, std::uint64_t size) {
            if (values[name].defaulted()) { value = size; }
        };
        set("hidden", options.hidden, width);
        set("cell-features", options.cell_features, features);
        set("drug-features", options.drug_features, features);
        set("samples", options.samples, samples);
    }
}

void check(const Options& options) {
    trainer::parse_precision(options.precision, options.engine);
    require_at_least(1, "trainers", options.trainers);
    require_at_least(0, "ranks", options.ranks);
    require_at_least(1, "threads", options.threads);
    require_at_least(1, "batch", options.batch);
    require_at_least(1, "steps", options.steps);
    require_at_least(1, "repeats", options.repeats);
    require_at_least(0, "warmup", options.warmup);
    require_at_least(0, "read-ahead-mb", options.read_ahead_mb);
}

}  // namespace

std::string usage() {
    Options defaults;
    std::ostringstream text;
    text
        << "usage: ltfb-bench step|predict|data|exchange|exchange-tcp|ceilings [options]\n"
           "  step      one data-parallel update of a Combo network, its parts, and how near they\n"
           "            come to the ceilings of this machine, which are measured in the same run\n"
           "  predict   exact scores of all samples, without dropout\n"
           "  data      opening a set and assembling its batches\n"
           "  exchange  swap of a model's weights between two trainers, each of half of the "
           "ranks,\n"
           "            against a bare MPI_Sendrecv of the same bytes\n"
           "  exchange-tcp  the same between jobs of their own, against bare TCP\n"
           "  ceilings  what this machine can do: FMA, AMX, matrix products of a step, memory\n"
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
    options.set =
        parse_one_of<SetKind>("--set",
                              values["set"].as<std::string>(),
                              {{"factored", SetKind::factored}, {"dense", SetKind::dense}});
    options.sharing =
        parse_one_of<Sharing>("--sharing",
                              values["sharing"].as<std::string>(),
                              {{"automatic", Sharing::automatic}, {"separate", Sharing::separate}});
    apply_model(values, options);
    check(options);
    return options;
}

}  // namespace ltfb::bench
