#include "experiments/log/options.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ltfb::experiments {

namespace po = boost::program_options;

namespace {

const std::vector<VerbSyntax> verbs{
    {"summary", "RUN...", "settings, layout, result and time", {}},
    {"standings", "RUN...", "trainers, best first", {"round"}},
    {"matches", "RUN...", "every verdict", {"trainer", "round"}},
    {"lineage", "RUN...", "who descends from whom", {"all", "dot"}},
    {"schedule",
     "RUN...",
     "hyperparameters along the winner's lineage",
     {"trainer", "survivor", "all"}},
    {"curves", "RUN...", "scores and losses by round", {"trainer", "survivor"}},
    {"timing",
     "RUN...",
     "where the time went, by trainer and round; stragglers",
     {"trainer", "round"}},
    {"wins", "RUN...", "how often each trainer's model beat each other's", {}},
    {"diversity", "RUN...", "spread of scores, hyperparameters and founders by round", {}},
    {"verify", "RUN...", "check that the log fits itself; exit 1 at the first violation", {"all"}},
    {"compare", "RUN RUN...", "runs side by side", {}},
    {"follow", "RUN", "print events as they are written", {"from-start", "once", "trainer"}, false},
    {"export", "RUN...", "TensorBoard event files, tidy CSV files, a GraphViz graph", {}, false},
    {"report", "RUN", "one self-contained HTML page", {"output"}, false},
    {"serve",
     "RUN...",
     "that page, moving, for browsers; RUN may be a folder of runs",
     {"address"},
     false},
    {"simulate",
     "",
     "write the run directory of a simulated tournament",
     {"trainers", "rounds", "seed", "failures", "out"},
     false},
};

po::options_description all_options() {
    po::options_description all;
    auto add = all.add_options();
    add("round", po::value<std::int32_t>()->value_name("R"), "only this round (0-based)");
    add("trainer", po::value<std::int32_t>()->value_name("T"), "only this trainer");
    add("survivor",
        po::value<std::int32_t>()->value_name("T"),
        "along the lineage of the model that trainer T holds at the end");
    add("all", po::bool_switch(), "everything, not only what led to the survivors or comes first");
    add("dot", po::bool_switch(), "GraphViz text");
    add("from-start", po::bool_switch(), "also what stands in the log already");
    add("once", po::bool_switch(), "stop at the end of the log");
    add("output,o", po::value<std::string>()->value_name("FILE"), "where to write the page");
    add("address",
        po::value<std::string>()->default_value("127.0.0.1:8642")->value_name("ADDRESS:PORT"),
        "where to listen; beyond this machine a token is needed, which is printed at start");
    add("trainers", po::value<std::int32_t>()->default_value(16)->value_name("N"), "trainers");
    add("rounds", po::value<std::int32_t>()->default_value(20)->value_name("R"), "rounds");
    add("seed", po::value<std::uint64_t>()->default_value(1)->value_name("S"), "seed");
    add("failures",
        po::value<std::int32_t>()->default_value(0)->value_name("N"),
        "trainers that die on the way");
    add("out", po::value<std::string>()->value_name("RUN"), "new run directory");
    return all;
}

const VerbSyntax& find_verb(std::string_view name) {
    const auto found = std::find_if(
        verbs.begin(), verbs.end(), [&](const VerbSyntax& verb) { return verb.name == name; });
    if (found != verbs.end()) { return *found; }
    std::string names;
    for (const auto& verb : verbs) { names += fmt::format(" {}", verb.name); }
    throw InputError(fmt::format("{}: no such verb (one of:{})", name, names));
}

po::options_description visible_options(const VerbSyntax& verb) {
    po::options_description visible("Options");
    static const po::options_description all = all_options();
    for (const auto name : verb.options) {
        const std::string wanted(name);
        for (const auto& option : all.options()) {
            if (option->long_name() == wanted) { visible.add(option); }
        }
    }
    auto add = visible.add_options();
    if (verb.name == "export") {
        add("tensorboard", po::value<std::string>()->value_name("DIR"), "TensorBoard event files");
        add("csv", po::value<std::string>()->value_name("DIR"), "tidy CSV files");
        add("dot", po::value<std::string>()->value_name("FILE"), "the lineage for GraphViz");
    }
    if (verb.name == "follow") {
        add("json", po::bool_switch(), "events as they stand in the log, one a line");
        add("csv", po::bool_switch(), "CSV");
    }
    if (verb.prints_tables) {
        add("json", po::bool_switch(), "JSON");
        add("csv", po::bool_switch(), "CSV of one table (the first, or that of --table)");
        add("table",
            po::value<std::string>()->value_name("NAME"),
            "only this table (its JSON key)");
        add("color",
            po::value<std::string>()->default_value("auto")->value_name("WHEN"),
            "auto, always or never");
    }
    add("no-progress", po::bool_switch(), "no progress bar");
    add("help,h", "this text");
    return visible;
}

void print_help() {
    std::cout << "usage: ltfb-log VERB RUN... [options]\n"
                 "Reads tournament logs. RUN is a run directory written by ltfb-run, or an "
                 "events.jsonl.\n\nVerbs:\n";
    for (const auto& verb : verbs) {
        std::cout << fmt::format("  {:<10} {:<11} {}\n", verb.name, verb.arguments, verb.what);
    }
    std::cout << "\nltfb-log VERB --help lists a verb's options. Exit codes: 0 done, 1 failure or "
                 "violation,\n2 wrong usage or unreadable log.\n";
}

bool has_colour(const std::string& when) {
    if (when == "always") { return true; }
    if (when == "never") { return false; }
    if (when != "auto") {
        throw InputError(fmt::format("--color {}: unknown (auto, always or never)", when));
    }
    return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

template <class T>
void take(const po::variables_map& values, const char* name, T& out) {
    if (values.count(name) > 0) { out = values[name].as<T>(); }
}

void take_index(const po::variables_map& values,
                const char* name,
                std::optional<std::int32_t>& out) {
    if (values.count(name) == 0) { return; }
    out = values[name].as<std::int32_t>();
    if (*out < 0) {
        throw InputError(fmt::format("--{} {}: is negative (counts from 0)", name, *out));
    }
}

OutputForm form_of(const po::variables_map& values) {
    const bool is_json = values["json"].as<bool>();
    const bool is_csv = values["csv"].as<bool>();
    if (is_json && is_csv) { throw InputError("--json --csv: exclude each other (choose one)"); }
    return is_json ? OutputForm::json : is_csv ? OutputForm::csv : OutputForm::text;
}

void take_style(const po::variables_map& values, const VerbSyntax& verb, Options& options) {
    if (verb.name == "follow") { options.style.form = form_of(values); }
    if (!verb.prints_tables) { return; }
    options.style.form = form_of(values);
    options.style.has_colour =
        options.style.form == OutputForm::text && has_colour(values["color"].as<std::string>());
    take(values, "table", options.style.only_table);
    options.style.has_many_runs = options.runs.size() > 1;
}

void check_runs(const VerbSyntax& verb, const std::vector<std::string>& runs) {
    const std::size_t least = verb.name == "compare" ? 2 : verb.arguments.empty() ? 0 : 1;
    const bool is_list = verb.arguments.ends_with("...");
    if (runs.size() < least || (!is_list && runs.size() > least)) {
        throw InputError(fmt::format("{}: {} runs named (usage: ltfb-log {} {})",
                                     verb.name,
                                     runs.size(),
                                     verb.name,
                                     verb.arguments));
    }
}

Options options_from(const po::variables_map& values, const VerbSyntax& verb) {
    Options options;
    options.verb = verb.name;
    take(values, "run", options.runs);
    check_runs(verb, options.runs);
    take_style(values, verb, options);
    options.has_progress = !values["no-progress"].as<bool>() && ::isatty(STDERR_FILENO) != 0;
    take_index(values, "round", options.round);
    take_index(values, "trainer", options.trainer);
    take_index(values, "survivor", options.survivor);
    take(values, "all", options.all);
    take(values, "from-start", options.from_start);
    take(values, "once", options.is_once);
    take(values, "output", options.output);
    take(values, "out", options.output);
    take(values, "address", options.address);
    if (verb.name == "export") {
        take(values, "tensorboard", options.tensorboard);
        take(values, "csv", options.csv_folder);
        take(values, "dot", options.dot_file);
    } else {
        take(values, "dot", options.is_dot);
    }
    if (options.is_dot && options.style.form != OutputForm::text) {
        throw InputError("--dot: excludes --json and --csv (choose one)");
    }
    take(values, "trainers", options.simulation.trainers);
    take(values, "rounds", options.simulation.rounds);
    take(values, "seed", options.simulation.seed);
    take(values, "failures", options.simulation.failures);
    return options;
}

}  // namespace

std::span<const VerbSyntax> verb_syntax() {
    return verbs;
}

std::optional<Options> parse_options(const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        throw InputError("no verb named (usage: ltfb-log VERB RUN..., or ltfb-log --help)");
    }
    if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
        print_help();
        return std::nullopt;
    }
    const VerbSyntax& verb = find_verb(arguments[0]);
    const po::options_description visible = visible_options(verb);
    po::options_description accepted;
    accepted.add(visible).add_options()("run", po::value<std::vector<std::string>>());
    po::positional_options_description positions;
    positions.add("run", -1);
    po::variables_map values;
    try {
        po::store(po::command_line_parser(std::vector(arguments.begin() + 1, arguments.end()))
                      .options(accepted)
                      .positional(positions)
                      .run(),
                  values);
    } catch (const po::error& error) {
        throw InputError(
            fmt::format("{}: {} (see ltfb-log {} --help)", verb.name, error.what(), verb.name));
    }
    if (values.count("help") > 0) {
        std::cout << fmt::format("usage: ltfb-log {} {} [options]\n{}\n\n",
                                 verb.name,
                                 verb.arguments,
                                 verb.what)
                  << visible;
        return std::nullopt;
    }
    return options_from(values, verb);
}

}  // namespace ltfb::experiments
