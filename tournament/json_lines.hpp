#pragma once

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace ltfb::tournament {

/// A JSON object and the lines on which its outermost keys stand.
struct LinedJson {
    nlohmann::json content;
    std::map<std::string, int> lines;
};

/// Throws InputError "<name>:<line>: ..." for what isn't a JSON object, or has a key twice.
LinedJson parse_lined_json(std::string_view text, const std::string& name);

}  // namespace ltfb::tournament
