#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace ltfb::experiments {

using Json = nlohmann::ordered_json;

/// Parses JSON that came from outside; a discarded value where it is malformed or nested deeper
/// than any file of ours, so that nothing recursive runs away later.
Json parse_json(std::string_view text);

/// Members of `object`, or the fallback where it is no object, lacks `key`, or holds another type.
const Json& member(const Json& object, std::string_view key);
double number_in(const Json& object, std::string_view key);  // "nan", "inf" understood; else absent
std::int64_t integer_in(const Json& object, std::string_view key, std::int64_t fallback);
std::string text_in(const Json& object, std::string_view key);

/// What a resume event's `changes` say: a setting and its new value, as JSON text.
struct SettingChange {
    std::string key;
    std::string value;
};
std::vector<SettingChange> changes_in(const Json& resume);

/// One line of JSON; bytes that are not UTF-8 become U+FFFD.
std::string to_text(const Json& value);

/// `value`, or the text that stands for it where it is not finite.
Json number_json(double value);

}  // namespace ltfb::experiments
