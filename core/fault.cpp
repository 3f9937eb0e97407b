#include "core/fault.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ltfb::fault {

namespace {

constexpr const char* variable = "LTFB_FAULT";
constexpr int exit_code = 7;  // of the action exit; no other part of a program uses it

struct Plan {
    std::string point;
    std::string action;
    int trainer = -1;
    int round = -1;
    int seat = 0;
    std::atomic<bool> is_done = false;
};

// A fault comes from outside of a program's control flow, as a signal does.
std::atomic<bool> spoils_gradient = false;

std::optional<std::string> next_part(std::istringstream& text) {
    std::string part;
    if (!std::getline(text, part, ':')) { return std::nullopt; }
    return part;
}

Plan& plan() {
    static Plan* const only = [] {
        auto* const made = new Plan;  // outlives threads that end after main
        const char* const told = std::getenv(variable);
        std::istringstream text(told == nullptr ? "" : told);
        made->point = next_part(text).value_or("");
        made->action = next_part(text).value_or("");
        made->trainer = std::stoi(next_part(text).value_or("-1"));
        made->round = std::stoi(next_part(text).value_or("-1"));
        made->seat = std::stoi(next_part(text).value_or("0"));
        return made;
    }();
    return *only;
}

bool fits(int wanted, int is) {
    return wanted < 0 || wanted == is;
}

void say(const Plan& fault, const Place& place) {
    std::fputs(fmt::format("fault: {} at {} (trainer {}, round {}, seat {})\n",
                           fault.action,
                           fault.point,
                           place.trainer,
                           place.round,
                           place.seat)
                   .c_str(),
               stderr);
    std::fflush(stderr);
}

}  // namespace

Effect at(const char* point, const Place& place) {
    Plan& fault = plan();
    if (fault.point != point || !fits(fault.trainer, place.trainer) ||
        !fits(fault.round, place.round) || !fits(fault.seat, place.seat) ||
        fault.is_done.exchange(true)) {
        return Effect::none;
    }
    say(fault, place);
    if (fault.action == "kill") { ::kill(::getpid(), SIGKILL); }
    if (fault.action == "exit") { ::_exit(exit_code); }
    while (fault.action == "hang") { ::pause(); }
    if (fault.action == "nan-gradient") { spoils_gradient = true; }
    if (fault.action == "flip-bit") { return Effect::flip_bit; }
    if (fault.action == "enospc") { return Effect::enospc; }
    return Effect::none;
}

Effect at(const char* point, const Place& place, std::span<std::byte> bytes) {
    const Effect effect = at(point, place);
    // Of floats the last bit: what has no checksum would not notice.
    if (effect == Effect::flip_bit && !bytes.empty()) {
        bytes[bytes.size() / 2 / 4 * 4] ^= std::byte{1};
    }
    return effect;
}

void at_disk(const char* point, const Place& place, std::span<std::byte> bytes) {
    if (at(point, place, bytes) == Effect::enospc) { throw Error(std::strerror(ENOSPC)); }
}

void at_disk(const char* point, const Place& place, const std::string& path) {
    const Effect effect = at(point, place);
    if (effect == Effect::enospc) { throw Error(std::strerror(ENOSPC)); }
    if (effect != Effect::flip_bit) { return; }
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
    file.seekg(middle);
    const int byte = file.get();
    file.seekp(middle);
    file.put(static_cast<char>(byte ^ 1));
    require(file.good(), "fault: the file's bit cannot be flipped");
}

bool takes_nan_gradient() {
    return spoils_gradient.exchange(false);
}

void disarm() {
    ::unsetenv(variable);
}

}  // namespace ltfb::fault
