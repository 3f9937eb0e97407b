#include "tournament/patience.hpp"

#include <cstdio>

#include <fmt/core.h>

namespace ltfb::tournament {

void wait_patiently(const std::function<bool()>& done,
                    const mpi::Deadline& deadline,
                    const std::function<void()>& accuse) {
    try {
        mpi::wait_until(done, deadline);
    } catch (const mpi::TimeoutError& late) {
        if (!accuse) { throw; }
        std::fputs(fmt::format("{}\n", late.what()).c_str(), stderr);
        accuse();
        mpi::wait_until(done, deadline);
    }
}

}  // namespace ltfb::tournament
