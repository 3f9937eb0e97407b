#include "orchestrator/options.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <type_traits>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/core.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/options_advice.hpp"
#include "orchestrator/server/server_address.hpp"
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
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
            options.add_options()(name, po::value<Value>(&value)->composing(), help);
        } else {
            std::ostringstream shown;
            shown << value;
            options.add_options()(
                name, po::value<Value>(&value)->default_value(value, shown.str()), help);
        }
    });
    return options;
}

/// The values of an option that a file's key gives it: one, or those of a list.
std::vector<std::string> texts_of(const Json& value,
                                  const std::string& path,
                                  const std::string& key) {
    if (value.is_string()) { return {value.get<std::string>()}; }
    if (value.is_boolean() || value.is_number()) { return {value.dump()}; }
    if (key == "space" && value.is_object()) { return {value.dump()}; }
    const auto is_text = [](const Json& item) { return item.is_string(); };
    if (key == "vary" && value.is_array() && std::ranges::all_of(value, is_text)) {
        return value.get<std::vector<std::string>>();
    }
    throw InputError(fmt::format("{}: key \"{}\": a value of the wrong type", path, key));
}

/// Stores what was parsed in reverse: values of a repeatable option are collected over sources, of
/// which the first one stored goes over the others. They are turned round at the end.
void store_reversed(po::parsed_options parsed, po::variables_map& values) {
    std::ranges::reverse(parsed.options);
    po::store(parsed, values);
}

/// Stores a file's keys as the options they name, where what was stored before is silent.
void store_json(const std::string& path,
                const Json& json,
                const po::options_description& settings,
                po::variables_map& values) {
    if (!json.is_object()) { throw InputError(fmt::format("{}: not a JSON object", path)); }
    po::parsed_options parsed(&settings);
    for (const auto& [key, value] : json.items()) {
        if (settings.find_nothrow(key, false) == nullptr) {
            throw InputError(fmt::format(
                "{}: unknown key \"{}\" ({})", path, key, advice_for(key, settings, "see --help")));
        }
        for (std::string& text : texts_of(value, path, key)) {
            parsed.options.emplace_back(key, std::vector<std::string>{std::move(text)});
        }
    }
    try {
        store_reversed(std::move(parsed), values);
    } catch (const po::error& error) {
        throw InputError(fmt::format("{}: {}", path, error.what()));
    }
}

void store_config(const std::string& path,
                  const po::options_description& settings,
                  po::variables_map& values) {
    Json json;
    try {
        json = Json::parse(read_text(path));
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{}: not JSON: {}", path, error.what()));
    }
    store_json(path, json, settings, values);
}

/// What a run that is replayed was set to, but for its place, its population and what is varied.
void store_replayed(const std::string& run,
                    const po::options_description& settings,
                    po::variables_map& values) {
    const std::string path = run + "/config.json";
    Json kept = Json::object();
    try {
        const Json config = Json::parse(read_text(path));
        for (const char* key : {"data",
                                "rounds",
                                "steps-per-round",
                                "test-fraction",
                                "hold-out",
                                "engine",
                                "precision",
                                "tournament-fraction",
                                "hidden",
                                "track-layers",
                                "top-layers",
                                "optimizer",
                                "schedule",
                                "schedule-steps",
                                "metric",
                                "seed"}) {
            kept[key] = config.at("settings").at(key);
        }
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{}: not a run's config: {}", path, error.what()));
    }
    store_json(path, kept, settings, values);
}

/// What a resumed run was started with, but for what names this start alone.
void store_run_settings(const std::string& run,
                        const po::options_description& settings,
                        po::variables_map& values) {
    const std::string path = run + "/config.json";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        throw InputError(
            fmt::format("--resume {}: no run is there (--resume auto starts one)", run));
    }
    Json json;
    try {
        json = Json::parse(read_text(path)).at("settings");
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{}: not a run's config: {}", path, error.what()));
    }
    for (const char* key : {"out", "force", "resume", "allow-change", "time-limit"}) {
        json.erase(key);
    }
    store_json(path, json, settings, values);
}

Action action_of(const po::variables_map& values) {
    if (values.count("help") > 0) { return Action::help; }
    if (values.count("version") > 0) { return Action::version; }
    if (values.count("print-config") > 0) { return Action::print_config; }
    return values.count("dry-run") > 0 ? Action::dry_run : Action::train;
}

}  // namespace

Command parse_command(int argc, const char* const* argv) {
    const std::vector<std::string> arguments = server::spell_out_serve({argv + 1, argv + argc});
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
        store_reversed(po::command_line_parser(arguments)
                           .options(all)
                           .positional({})
                           .style(po::command_line_style::default_style &
                                  ~po::command_line_style::allow_guessing)
                           .run(),
                       values);
        if (values.count("config") > 0) {
            store_config(values["config"].as<std::string>(), settings, values);
        }
        // The first source that names a value wins; defaults are stored as such and give way.
        const std::string resumed = values["resume"].as<std::string>();
        const bool names_run = !resumed.empty() && resumed != "auto";
        if (names_run) { store_run_settings(resumed, settings, values); }
        const std::string replayed = values["replay"].as<std::string>();
        if (!replayed.empty()) { store_replayed(replayed, settings, values); }
        po::notify(values);
        if (names_run && values["out"].defaulted()) { command.settings.out = resumed; }
        std::ranges::reverse(command.settings.vary);
    } catch (const po::unknown_option& error) {
        throw InputError(fmt::format(
            "{} ({})", error.what(), advice_for(error.get_option_name(), all, "see --help")));
    } catch (const po::error& error) {
        throw InputError(fmt::format("{} (see --help)", error.what()));
    }
    const int told_trainers = command.settings.trainers;
    resolve(command.settings);
    const bool is_told = !values["trainers"].defaulted() && !command.settings.layout.empty();
    if (is_told && told_trainers != command.settings.trainers) {
        throw InputError(fmt::format("--trainers {}: --layout {} has {} (leave it out)",
                                     told_trainers,
                                     command.settings.layout,
                                     command.settings.trainers));
    }
    command.action = action_of(values);
    std::ostringstream help;
    help << all;
    command.help = help.str();
    return command;
}

}  // namespace ltfb::orchestrator
