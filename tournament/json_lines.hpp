#pragma once

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace ltfb::tournament {

/// A JSON object; writes the lines on which its outermost keys stand to `key_lines`. Throws
/// InputError "<name>:<line>: ..." for what isn't a JSON object, or has a key twice.
nlohmann::json parse_lined_json(std::string_view text,
                                const std::string& name,
                                std::map<std::string, int>& key_lines);

}  // namespace ltfb::tournament
