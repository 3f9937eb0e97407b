#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace ltfb::fault {

/// Faults that tests put into a running program, named by the environment variable
///   LTFB_FAULT=POINT:ACTION[:TRAINER[:ROUND[:SEAT]]]
/// POINT is one of those below; ACTION is kill, exit, hang, nan-gradient, flip-bit or enospc. What
/// is left out or -1 means any, but for SEAT, which is 0 then. A process does it once. Compiled in
/// by the CMake option LTFB_FAULTS alone: without it nothing of this is in a program.
inline constexpr const char* before_send = "before-send";
inline constexpr const char* after_send = "after-send";
inline constexpr const char* in_receive = "in-receive";
inline constexpr const char* in_scoring = "in-scoring";
inline constexpr const char* in_adopt = "in-adopt";
inline constexpr const char* snapshot_before_rename = "snapshot-before-rename";
inline constexpr const char* snapshot_before_manifest = "snapshot-before-manifest";
inline constexpr const char* event_write = "event-write";

/// Where the program is.
struct Place {
    int trainer = -1;
    int round = -1;
    int seat = 0;
};

/// What is left to the caller: to spoil what it has in hand, or to do as if the disk were full.
enum class Effect { none, flip_bit, enospc };

#ifdef LTFB_FAULTS
/// Kills or ends this process, or stops the calling thread, where that is asked for here. Callable
/// from any thread.
Effect at(const char* point, const Place& place);
/// The same, flipping a bit of `bytes` where that is asked for.
Effect at(const char* point, const Place& place, std::span<std::byte> bytes);
/// The same for what is to be written, or for a written file; throws Error on a full disk.
void at_disk(const char* point, const Place& place, std::span<std::byte> bytes);
void at_disk(const char* point, const Place& place, const std::string& path);
/// Whether the next gradient is to be spoilt, once.
bool takes_nan_gradient();
/// No process that this one starts from now on has a fault.
void disarm();
#else
constexpr Effect at(const char* /*point*/, const Place& /*place*/) {
    return Effect::none;
}
constexpr Effect at(const char* /*point*/, const Place& /*place*/, std::span<std::byte> /*bytes*/) {
    return Effect::none;
}
constexpr void at_disk(const char* /*point*/,
                       const Place& /*place*/,
                       std::span<std::byte> /*bytes*/) {}
inline void at_disk(const char* /*point*/, const Place& /*place*/, const std::string& /*path*/) {}
constexpr bool takes_nan_gradient() {
    return false;
}
constexpr void disarm() {}
#endif

}  // namespace ltfb::fault
