#include "core/mpi_shared.hpp"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

using namespace ltfb;

namespace {
mpi::Deadline soon() {
    return {.limit_s = 20.0, .what = "test"};
}
}  // namespace

TEST_CASE("what a rank writes, the others read, whoever owns the part") {
    const mpi::Comm world = mpi::Comm::world();
    // The last rank brings nothing, the others ever more.
    const auto bytes_of = [&](int rank) {
        return rank + 1 == world.size() ? 0 : 5000 * static_cast<std::size_t>(rank + 1);
    };
    const auto memory = mpi::SharedMemory::create(world, bytes_of(world.rank()), soon());
    REQUIRE(memory.has_value());
    for (int r = 0; r < world.size(); ++r) {
        const auto part = memory->part(r);
        REQUIRE(part.size() == bytes_of(r));
        CHECK(std::count(part.begin(), part.end(), std::byte{0}) ==
              static_cast<std::ptrdiff_t>(part.size()));
    }
    mpi::publish(world, soon());
    for (int r = 0; r < world.size(); ++r) {
        if (bytes_of(r) > 0) {
            memory->part(r)[static_cast<std::size_t>(world.rank())] = std::byte{7};
        }
    }
    mpi::publish(world, soon());
    for (int r = 0; r < world.size(); ++r) {
        const auto part = memory->part(r);
        CHECK(std::count(part.begin(), part.end(), std::byte{7}) ==
              (part.empty() ? 0 : world.size()));
    }
}

TEST_CASE("more memory than there is: refused on all ranks alike, whoever asked for it") {
    const mpi::Comm world = mpi::Comm::world();
    const std::size_t bytes =
        world.rank() == world.size() - 1 ? std::numeric_limits<std::size_t>::max() / 4 : 4096;
    CHECK_FALSE(mpi::SharedMemory::create(world, bytes, soon()).has_value());
}
