#pragma once

#include "orchestrator/settings.hpp"
#include "tournament/space.hpp"

namespace ltfb::orchestrator {

/// The hyperparameters of a run, with their ranges and the values that they have where they aren't
/// varied, and the settings that conditions may name. Throws InputError for a bad --lr.
tournament::SpaceContext space_context(const Settings& settings);

/// What the run varies: --lr LOW..HIGH, then --space, then --vary; of several domains for a key the
/// last one counts. Keys may be written with '-' for '_'. Throws InputError naming the key.
tournament::Space search_space(const Settings& settings);

/// --space as the text of a JSON object, read from the file that it names if it isn't one already.
/// Throws InputError naming the key, and the line of a file.
std::string resolve_space(const Settings& settings);

}  // namespace ltfb::orchestrator
