#pragma once

#include <string>

#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// What the command line asks for.
enum class Action { train, dry_run, print_config, help, version };

struct Command {
    Action action = Action::train;
    Settings settings;
    std::string help;  // with Action::help
};

/// Parses the command line, then --config FILE.json for what the command line doesn't say. Throws
/// InputError naming the option, or the file and key. Settings are not validated yet.
Command parse_command(int argc, const char* const* argv);

}  // namespace ltfb::orchestrator
