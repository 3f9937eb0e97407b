#pragma once

#include <cstdint>
#include <string>

#include "core/json.hpp"
#include "data/roles.hpp"
#include "data/samples.hpp"
#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Creates RUN with its folders. Throws InputError where it holds anything and `force` isn't set;
/// with it, what a run has written there is removed, and nothing else.
void create_run_directory(const std::string& path, bool force);

/// The settings that decide what a run computes: all but where it writes and what it shows. Equal
/// runs have equal ones.
Json decisive_settings(const Settings& settings);

/// Digest of the decisive settings and the data, so equal runs have equal ids.
std::string run_id_of(const Settings& settings, const data::Samples& samples);

/// Content of config.json.
Json config_of(const Settings& settings,
               const data::Samples& samples,
               std::span<const data::Role> roles,
               std::size_t parameters);

/// Samples of each role: {"train": .., "tournament": .., "test": ..}.
Json count_roles(std::span<const data::Role> roles);

}  // namespace ltfb::orchestrator
