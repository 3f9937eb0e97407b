#pragma once

#include <cstdint>
#include <string>

#include "core/json.hpp"
#include "data/roles.hpp"
#include "data/samples.hpp"
#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// Throws InputError where something is in the way of a new run: more than what one leaves that was
/// killed before it wrote config.json.
void require_free(const std::string& path);

/// Creates RUN with its folders, which must be free unless `force` is set: with it, what a run has
/// written there is removed, and nothing else.
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
