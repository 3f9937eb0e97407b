#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace ltfb {

enum class TrialEnd {
    done,
    refused,  // by an InputError
    died      // by a signal, another exception, or a limit
};

struct Trial {
    TrialEnd end = TrialEnd::died;
    std::string message;  // of the InputError
};

struct TrialLimits {
    unsigned cpu_s = 60;
    std::uint64_t more_memory_bytes = std::uint64_t{1} << 30U;  // than the process has now
};

/// Runs `body` in a forked child, silently, and says how it ended: for what may take its process
/// along, as a library given a damaged file. Nothing that it does is seen here but files that it
/// writes. It must not communicate. Throws Error where no child can be made.
Trial try_in_child(const std::function<void()>& body, const TrialLimits& limits = {});

}  // namespace ltfb
