#include "orchestrator/snapshot_interval.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::orchestrator {

namespace {

constexpr double automatic_minimum_s = 60.0;
constexpr double automatic_share = 0.01;  // of the time that snapshots may cost

[[noreturn]] void refuse(const std::string& text) {
    throw InputError(
        fmt::format("--snapshot-every {}: unknown (use auto, none, a number of rounds "
                    "as 20, or a time as 15min or 30s)",
                    text));
}

}  // namespace

double SnapshotInterval::seconds_between(double cost_s) const {
    switch (kind) {
        case Kind::seconds:
            return seconds;
        case Kind::automatic:
            return std::max(automatic_minimum_s, cost_s / automatic_share);
        default:
            return std::numeric_limits<double>::infinity();
    }
}

SnapshotInterval parse_snapshot_every(const std::string& text) {
    using Kind = SnapshotInterval::Kind;
    if (text == "auto") { return {.kind = Kind::automatic}; }
    if (text == "none") { return {.kind = Kind::none}; }
    int value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || value < 1) { refuse(text); }
    const std::string unit(parsed.ptr, end);
    if (unit.empty() || unit == "rounds") { return {.kind = Kind::rounds, .rounds = value}; }
    if (unit == "min") { return {.kind = Kind::seconds, .seconds = 60.0 * value}; }
    if (unit == "s") { return {.kind = Kind::seconds, .seconds = static_cast<double>(value)}; }
    refuse(text);
}

}  // namespace ltfb::orchestrator
