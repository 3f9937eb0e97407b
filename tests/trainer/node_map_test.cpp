#include "trainer/node_map.hpp"

#include <map>

#include <doctest/doctest.h>

using ltfb::trainer::NodeMap;

TEST_CASE("nodes are numbered by their first seat, wherever their seats are") {
    const NodeMap map({7, 7, 3, 7, 3, 9});
    CHECK(map.nodes() == 3);
    CHECK(map.seats_of(0) == std::vector{0, 1, 3});
    CHECK(map.seats_of(1) == std::vector{2, 4});
    CHECK(map.seats_of(2) == std::vector{5});
    for (int node = 0; node < 3; ++node) {
        for (const int seat : map.seats_of(node)) { CHECK(map.node_of(seat) == node); }
    }
}

TEST_CASE("a node's seats share the work for the other nodes evenly") {
    const NodeMap map({0, 0, 0, 0, 1, 1, 1, 1, 2, 2});
    for (int node = 0; node < map.nodes(); ++node) {
        std::map<int, int> owners;
        for (int owner = 0; owner < 10; ++owner) {
            const int handler = map.handler(node, owner);
            CHECK(map.node_of(handler) == node);
            ++owners[handler];
        }
        const int least = 10 / static_cast<int>(map.seats_of(node).size());
        for (const auto& [seat, count] : owners) {
            CHECK(count >= least);
            CHECK(count <= least + 1);
        }
    }
}
