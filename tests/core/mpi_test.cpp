#include "core/mpi.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/mpi_gather.hpp"

using namespace ltfb;

namespace {
mpi::Deadline soon() {
    return {.limit_s = 20.0, .what = "test"};
}
}  // namespace

TEST_CASE("a sum in several pieces is complete and alike on every rank") {
    const mpi::Comm world = mpi::Comm::world();
    std::vector<float> values(700000, static_cast<float>(world.rank() + 1));
    mpi::sum(world, std::span(values), soon());
    const auto n = static_cast<float>(world.size());
    const float expected = n * (n + 1) / 2;
    CHECK(std::count(values.begin(), values.end(), expected) == 700000);
}

TEST_CASE("gathering unequal parts") {
    const mpi::Comm world = mpi::Comm::world();
    std::vector<std::size_t> offsets{0};
    for (int r = 0; r < world.size(); ++r) {
        offsets.push_back(offsets.back() + static_cast<std::size_t>(r));  // rank 0 has nothing
    }
    for (const bool in_pieces : {false, true}) {
        std::vector<float> values(offsets.back());
        const auto mine = static_cast<std::size_t>(world.rank());
        for (std::size_t i = offsets[mine]; i < offsets[mine + 1]; ++i) {
            values[i] = static_cast<float>(i);
        }
        if (in_pieces) {
            mpi::gather_in_pieces(world, std::span(values), offsets, soon(), 2);
        } else {
            mpi::gather_all(world, std::span(values), offsets, soon());
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            CHECK(values[i] == static_cast<float>(i));
        }
    }
}

TEST_CASE("point to point in pieces") {
    const mpi::Comm world = mpi::Comm::world();
    const int peer = world.size() - 1 - world.rank();
    const std::vector<int> sent(1000, world.rank());
    std::vector<int> received(1000, -1);
    std::vector<mpi::Request> requests;
    mpi::start_receive(world, peer, 5, std::as_writable_bytes(std::span(received)), requests, 300);
    mpi::start_send(world, peer, 5, std::as_bytes(std::span(sent)), requests, 300);
    mpi::wait_all(requests, soon());
    CHECK(std::count(received.begin(), received.end(), peer) == 1000);
}

TEST_CASE("texts travel to the root and from it") {
    const mpi::Comm world = mpi::Comm::world();
    const std::string mine(static_cast<std::size_t>(world.rank() * 3), 'x');
    const auto texts = mpi::gather_texts(world, mine, 0, soon());
    if (world.rank() == 0) {
        REQUIRE(texts.size() == static_cast<std::size_t>(world.size()));
        for (std::size_t r = 0; r < texts.size(); ++r) { CHECK(texts[r].size() == 3 * r); }
    }
    CHECK(mpi::broadcast(world, world.rank() == 0 ? "hello" : "", 0, soon()) == "hello");
    CHECK(mpi::max(world, world.rank(), soon()) == world.size() - 1);
}

TEST_CASE("a wait that nobody answers ends with who waited for whom") {
    try {
        mpi::wait_until([] { return false; }, {.limit_s = 0.01, .what = "trainer 3 for trainer 5"});
        FAIL("did not end");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("trainer 3 for trainer 5") == 0);
    }
}
