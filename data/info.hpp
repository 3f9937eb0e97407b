#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "data/roles.hpp"

namespace ltfb::data {

/// Everything that `ltfb-data info` shows: {path, kind, samples, cells, drugs, cell_features,
/// drug_features, doses, groups, digest, response {mean, sd, min, q25, median, q75, max}, dose
/// {mean, sd}, roles {rule, train {groups, samples}, tournament, test}, best_r2 (where known),
/// provenance}. sd is the population's. Throws InputError.
nlohmann::ordered_json describe(const std::string& path, const RoleRule& rule);

/// The same for people to read.
std::string to_readable(const nlohmann::ordered_json& description);

}  // namespace ltfb::data
