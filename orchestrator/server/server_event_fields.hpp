#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "core/json.hpp"

// Fields of an event that may lack them, or hold anything.
namespace ltfb::server {

/// Clamped to the range of int; `otherwise` where it's no integer.
inline int int_of(const Json& event, const char* key, int otherwise = -1) {
    const auto found = event.find(key);
    if (found == event.end() || !found->is_number_integer()) { return otherwise; }
    using Limits = std::numeric_limits<int>;
    return static_cast<int>(
        std::clamp<std::int64_t>(found->get<std::int64_t>(), Limits::min(), Limits::max()));
}

/// 0 where it's no integer from 0 to 2^53.
inline std::int64_t count_in(const Json& value) {
    if (!value.is_number_integer()) { return 0; }
    const auto count = value.get<std::int64_t>();
    return count >= 0 && count <= (std::int64_t{1} << 53U) ? count : 0;
}

inline std::int64_t count_of(const Json& event, const char* key) {
    const auto found = event.find(key);
    return found == event.end() ? 0 : count_in(*found);
}

/// NaN where it's no number.
inline double number_of(const Json& event, const char* key) {
    const auto found = event.find(key);
    return found == event.end() ? std::numeric_limits<double>::quiet_NaN()
                                : from_json_number(*found);
}

inline std::string text_of(const Json& event, const char* key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

inline bool flag_of(const Json& event, const char* key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_boolean() && found->get<bool>();
}

/// An empty object where it's none.
inline const Json& object_of(const Json& event, const char* key) {
    static const Json empty = Json::object();
    const auto found = event.find(key);
    return found != event.end() && found->is_object() ? *found : empty;
}

/// An empty array where it's none.
inline const Json& array_of(const Json& event, const char* key) {
    static const Json empty = Json::array();
    const auto found = event.find(key);
    return found != event.end() && found->is_array() ? *found : empty;
}

}  // namespace ltfb::server
