#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "data/screen.hpp"

namespace ltfb::data {

using Json = nlohmann::ordered_json;

/// Version of the files that ltfb-data writes, in every provenance as "schema".
inline constexpr int schema = 1;

/// Option and path of each file that was read.
using Sources = std::vector<std::pair<std::string, std::string>>;

/// {verb, schema, options, sources: [{option, path, bytes, digest}]}; digests are XXH3 of the
/// files as stored. Throws InputError where a source cannot be read.
Json provenance_of(const std::string& verb, Json options, const Sources& sources);

/// {samples, cells: {name: samples}, drugs: ...} left out for want of features.
Json dropped_json(const JoinReport& report);

/// {cells: {all_missing: [column], constant, imputed}, drugs: ...}
Json standardisation_json(const JoinReport& report);

/// One line of JSON; bytes of a name that are not UTF-8 are replaced.
std::string to_text(const Json& provenance);

}  // namespace ltfb::data
