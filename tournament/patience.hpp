#pragma once

#include <functional>

#include "core/mpi.hpp"

namespace ltfb::tournament {

/// Waits like mpi::wait_until, once more after `accuse` where the deadline passes; without one the
/// TimeoutError is thrown at once.
void wait_patiently(const std::function<bool()>& done,
                    const mpi::Deadline& deadline,
                    const std::function<void()>& accuse);

}  // namespace ltfb::tournament
