#pragma once

#include <span>
#include <string>

#include "core/json.hpp"
#include "trainer/model.hpp"

namespace ltfb::orchestrator {

/// Writes a model as HDF5: for each layer `/<name>/weights` [i x o] and `/<name>/bias` [o], fp32,
/// and `/description`, a JSON text with the network's shape and whatever `description` holds.
/// Replaces `path` as a whole. Throws Error.
void save_model(const std::string& path,
                const trainer::ModelLayout& layout,
                std::span<const float> arena,
                Json description);

}  // namespace ltfb::orchestrator
