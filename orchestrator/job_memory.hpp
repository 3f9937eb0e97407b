#pragma once

#include <string>

namespace ltfb::orchestrator {

/// A folder in memory for what the ranks of a job on this host share. Killed processes leave their
/// files behind; here they go with the launching process, or, if that was killed too, with the next
/// one on this host.
class JobMemory {
public:
    JobMemory();
    ~JobMemory();
    JobMemory(const JobMemory&) = delete;
    JobMemory& operator=(const JobMemory&) = delete;
    JobMemory(JobMemory&&) = delete;
    JobMemory& operator=(JobMemory&&) = delete;

    /// "" where there is no such place.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace ltfb::orchestrator
