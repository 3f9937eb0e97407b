#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/log/simulated_population.hpp"
#include "experiments/log/table.hpp"

namespace ltfb::experiments {

/// A verb of ltfb-log as the command line sees it.
struct VerbSyntax {
    std::string_view name;
    std::string_view arguments;             // "RUN...", or what it takes instead
    std::string_view what;                  // one line of help
    std::vector<std::string_view> options;  // of its own, besides the common ones
    bool prints_tables = true;              // has --json, --csv, --table
};

/// All verbs, in the order of the help text.
std::span<const VerbSyntax> verb_syntax();

/// The parsed command line of ltfb-log.
struct Options {
    std::string verb;
    std::vector<std::string> runs;
    OutputStyle style;
    bool has_progress = false;  // bar on stderr

    std::optional<std::int32_t> round;
    std::optional<std::int32_t> trainer;
    std::optional<std::int32_t> survivor;
    bool all = false;
    bool is_dot = false;
    bool from_start = false;
    bool is_once = false;
    std::string output;
    std::string tensorboard;
    std::string csv_folder;
    std::string dot_file;
    std::string address;  // of serve
    SimulationSettings simulation;
};

/// Parses the arguments behind the program's name. nullopt: help was asked for and printed. Throws
/// InputError naming the option or verb at fault.
std::optional<Options> parse_options(const std::vector<std::string>& arguments);

}  // namespace ltfb::experiments
