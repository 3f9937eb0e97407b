#pragma once

#include <optional>
#include <string_view>

namespace ltfb::orchestrator {

/// Seconds since the epoch at which the Slurm job that this process is in ends: what
/// SLURM_JOB_END_TIME says, which only newer versions set, or else what squeue answers within
/// 20 s. None outside of a job, without a limit, or where squeue doesn't know.
std::optional<double> slurm_end_s();

/// The seconds in squeue's "[days-][[hours:]minutes:]seconds"; none for anything else, as
/// "UNLIMITED" or "INVALID".
std::optional<double> parse_slurm_time(std::string_view text);

}  // namespace ltfb::orchestrator
