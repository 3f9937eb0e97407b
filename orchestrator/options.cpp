#include "orchestrator/options.hpp"

#include <sstream>
#include <type_traits>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/core.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "orchestrator/setting_table.hpp"

namespace po = boost::program_options;

namespace ltfb::orchestrator {

namespace {

po::options_description describe(Settings& settings) {
    po::options_description options("Settings (also keys of --config FILE.json)");
    for_each_setting(settings, [&](const char* name, const char* help, auto& value) {
        using Value = std::remove_reference_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
            options.add_options()(name, po::bool_switch(&value), help);
        } else {
            std::ostringstream shown;
            shown << value;
            options.add_options()(
                name, po::value<Value>(&value)->default_value(value, shown.str()), help);
        }
    });
    return options;
}

/// The file's keys as "--key value", so that both sources go through one parser.
std::vector<std::string> tokens_of(const std::string& path, const po::options_description& known) {
    Json json;
    try {
        json = Json::parse(read_text(path));
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{}: not JSON: {}", path, error.what()));
    }
    if (!json.is_object()) { throw InputError(fmt::format("{}: not a JSON object", path)); }
    std::vector<std::string> tokens;
    for (const auto& [key, value] : json.items()) {
        if (known.find_nothrow(key, false) == nullptr) {
            throw InputError(fmt::format("{}: unknown key \"{}\" (see --help)", path, key));
        }
        if (value.is_boolean()) {
            if (value.get<bool>()) { tokens.push_back("--" + key); }
        } else if (value.is_string() || value.is_number()) {
            tokens.push_back("--" + key + "=" +
                             (value.is_string() ? value.get<std::string>() : value.dump()));
        } else {
            throw InputError(
                fmt::format("{}: key \"{}\": not a string, number or boolean", path, key));
        }
    }
    return tokens;
}

void store_config(const std::string& path,
                  const po::options_description& settings,
                  po::variables_map& values) {
    try {
        po::store(po::command_line_parser(tokens_of(path, settings)).options(settings).run(),
                  values);
    } catch (const po::error& error) {
        throw InputError(fmt::format("{}: {}", path, error.what()));
    }
}

Action action_of(const po::variables_map& values) {
    if (values.count("help") > 0) { return Action::help; }
    if (values.count("version") > 0) { return Action::version; }
    if (values.count("print-config") > 0) { return Action::print_config; }
    return values.count("dry-run") > 0 ? Action::dry_run : Action::train;
}

}  // namespace

Command parse_command(int argc, const char* const* argv) {
    Command command;
    const po::options_description settings = describe(command.settings);
    po::options_description all(
        "ltfb-run trains a population of Combo models by LTFB tournaments.\n\n"
        "  ltfb-run --data F.h5 --out RUN --trainers 16 --ranks-per-trainer 4\n\n"
        "starts its own MPI job; mpiexec -n 64 ltfb-run ... works as well.\n\nActions");
    all.add_options()("help,h", "show this text")("version", "show the version")(
        "config", po::value<std::string>(), "settings as JSON; the command line goes over it")(
        "print-config", "print the resolved settings as JSON and end")(
        "dry-run", "check layout, data, memory and disk, and train nothing");
    all.add(settings);
    po::variables_map values;
    try {
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional({})
                      .style(po::command_line_style::default_style &
                             ~po::command_line_style::allow_guessing)
                      .run(),
                  values);
        if (values.count("config") > 0) {
            store_config(values["config"].as<std::string>(), settings, values);
        }
        po::notify(values);
    } catch (const po::error& error) {
        throw InputError(fmt::format("{} (see --help)", error.what()));
    }
    command.action = action_of(values);
    std::ostringstream help;
    help << all;
    command.help = help.str();
    return command;
}

}  // namespace ltfb::orchestrator
