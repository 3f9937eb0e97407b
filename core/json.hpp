#pragma once

#include <cmath>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

namespace ltfb {

/// Keys stay in the order in which they were written, so equal runs write equal bytes.
using Json = nlohmann::ordered_json;

/// JSON has no NaN: numbers that are not finite become "nan", "inf" or "-inf".
inline Json to_json_number(double value) {
    if (std::isfinite(value)) { return value; }
    if (std::isnan(value)) { return "nan"; }
    return value > 0 ? "inf" : "-inf";
}

/// The inverse of `to_json_number`; NaN for anything else.
inline double from_json_number(const Json& value) {
    if (value.is_number()) { return value.get<double>(); }
    if (value == "inf") { return std::numeric_limits<double>::infinity(); }
    if (value == "-inf") { return -std::numeric_limits<double>::infinity(); }
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace ltfb
