#pragma once

#include <string>
#include <string_view>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// Largest population a log may claim; keeps a corrupt number from claiming all memory.
inline constexpr std::int64_t max_trainers = std::int64_t{1} << 20U;

/// Takes what a run_start line says. Returns what is wrong with it, or an empty text.
std::string read_run_start(std::string_view line, RunLog& log);

/// Takes the settings that a resume line says are others from here on.
void read_changes(std::string_view line, RunLog& log);

/// Takes what a run_end line says. Returns what is wrong with it, or an empty text.
std::string read_run_end(std::string_view line, RunLog& log);

}  // namespace ltfb::experiments
