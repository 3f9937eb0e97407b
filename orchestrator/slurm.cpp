#include "orchestrator/slurm.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace ltfb::orchestrator {

namespace {

std::string environment(const char* name) {
    const char* const text = std::getenv(name);
    return text == nullptr ? "" : text;
}

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<int> parse_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole =
        is_number(text) && error == std::errc() && end == text.data() + text.size();
    return is_whole ? std::optional(value) : std::nullopt;
}

/// The first line that squeue prints of the job.
std::string ask_squeue(const std::string& job) {
    const std::string command =
        "timeout 20 squeue --noheader --format=%L --jobs=" + job + " 2>/dev/null";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) { return ""; }
    std::array<char, 64> line{};
    const std::string answer =
        std::fgets(line.data(), static_cast<int>(line.size()), pipe) == nullptr ? "" : line.data();
    ::pclose(pipe);
    return answer.substr(0, answer.find_last_not_of(" \n") + 1);
}

}  // namespace

std::optional<double> parse_slurm_time(std::string_view text) {
    constexpr std::array<int, 3> units{1, 60, 3600};
    double days = 0.0;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        const auto count = parse_number(text.substr(0, dash));
        if (!count) { return std::nullopt; }
        days = *count;
        text.remove_prefix(dash + 1);
    }
    double seconds = days * 86400.0;
    for (const int unit : units) {
        const auto colon = text.rfind(':');
        const bool is_first = colon == std::string_view::npos;
        const auto count = parse_number(is_first ? text : text.substr(colon + 1));
        if (!count) { return std::nullopt; }
        seconds += static_cast<double>(*count) * unit;
        if (is_first) { return seconds; }
        text = text.substr(0, colon);
    }
    return std::nullopt;
}

std::optional<double> slurm_end_s() {
    const std::string job = environment("SLURM_JOB_ID");
    if (!is_number(job)) { return std::nullopt; }
    if (const auto end = parse_number(environment("SLURM_JOB_END_TIME"))) { return *end; }
    const auto left = parse_slurm_time(ask_squeue(job));
    if (!left) { return std::nullopt; }
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    return now.count() + *left;
}

}  // namespace ltfb::orchestrator
