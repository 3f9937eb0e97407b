#include "trainer/crew.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

const mpi::Deadline soon{.limit_s = 30.0, .what = "the crew"};

struct Seats {
    mpi::Comm comm = mpi::Comm::world();
    SeatGroup group{comm, soon};
};

}  // namespace

TEST_CASE("every item is done once, by any number of seats and threads, and seen by all after") {
    const Seats seats;
    constexpr std::size_t items = 101;
    constexpr std::size_t shares = 50;
    for (const int threads : {1, 2, 3}) {
        Crew crew(seats.group, threads);
        CHECK(crew.workers() == static_cast<std::size_t>(threads * seats.comm.size()));
        GroupMemory memory = seats.group.allocate(shares * items * sizeof(std::uint32_t));
        auto* times = reinterpret_cast<std::uint32_t*>(memory.data());
        std::atomic<int> wrong{0};
        crew.run(soon, [&](Worker& worker) {
            for (std::size_t s = 0; s < shares; ++s) {
                const std::size_t before = s == 0 ? 0 : (s - 1) * items;
                worker.share(items, [&](std::size_t item, std::size_t next) {
                    if (next <= item) { ++wrong; }
                    if (s > 0 && times[before + item] != 1) { ++wrong; }
                    ++times[s * items + item];
                });
                worker.wait();
            }
        });
        CHECK(wrong == 0);
        CHECK(std::all_of(times, times + shares * items, [](auto n) { return n == 1; }));
    }
}

TEST_CASE("with fewer items than workers, or none, nobody waits for ever") {
    const Seats seats;
    Crew crew(seats.group, 2);
    std::atomic<int> done{0};
    crew.run(soon, [&](Worker& worker) {
        for (const std::size_t items : {0U, 1U, 0U}) {
            worker.share(items, [&](std::size_t, std::size_t) { ++done; });
            worker.wait();
        }
    });
    auto sum = static_cast<double>(done.load());
    mpi::sum(seats.comm, std::span(&sum, 1), soon);
    CHECK(sum == 1.0);
}

TEST_CASE("what the work throws comes out, and so does a wait that was in vain") {
    Crew crew(SeatGroup(), 2);
    const mpi::Deadline now{.limit_s = 0.05, .what = "a worker that has left"};
    CHECK_THROWS_AS(crew.run(soon, [](Worker&) { throw std::runtime_error("work"); }),
                    std::runtime_error);
    Crew other(SeatGroup(), 2);
    CHECK_THROWS_AS(other.run(now,
                              [](Worker& worker) {
                                  if (worker.thread() == 0) {
                                      worker.wait();
                                      worker.wait();
                                  }
                              }),
                    mpi::TimeoutError);
}
