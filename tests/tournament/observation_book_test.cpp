#include "tournament/observation_book.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb::tournament;

namespace {

Observation observation(int round, double gain) {
    return {.round = round, .values = {{"lr", 0.1 / (round + 1)}}, .gain = gain};
}

}  // namespace

TEST_CASE("two books that tell each other hold the same, whoever spoke first") {
    ObservationBook a;
    ObservationBook b;
    for (int round = 0; round < 5; ++round) {
        a.add(0, observation(round, 1.0 / 3.0 * round));
        b.add(1, observation(round, -std::numeric_limits<double>::infinity()));
    }
    const std::string from_a = a.to_text();
    a.merge(b.to_text());
    b.merge(from_a);
    CHECK(a.to_text() == b.to_text());
    const auto all = a.observations();
    REQUIRE(all.size() == 10);
    CHECK(all[2].round == 1);
    CHECK(all[2].gain == 1.0 / 3.0);
    CHECK(all[2].values.at("lr") == 0.05);
    CHECK(std::isinf(all[3].gain));
    a.merge(b.to_text());
    CHECK(a.observations().size() == 10);
}

TEST_CASE("the newest are kept, in whatever order they came") {
    ObservationBook forward;
    ObservationBook backward;
    constexpr int rounds = static_cast<int>(pb2_window) + 20;
    for (int i = 0; i < rounds; ++i) {
        forward.add(3, observation(i, i));
        backward.add(3, observation(rounds - 1 - i, rounds - 1 - i));
    }
    CHECK(forward.observations().size() == pb2_window);
    CHECK(forward.observations().front().round == 20);
    CHECK(forward.to_text() == backward.to_text());
}

TEST_CASE("anything but a book's text is refused") {
    ObservationBook book;
    CHECK_THROWS_AS(book.merge("[{\"round\": 1}]"), ltfb::Error);
    CHECK_THROWS_AS(book.merge("{"), ltfb::Error);
    CHECK(book.is_empty());
}
