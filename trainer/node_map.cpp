#include "trainer/node_map.hpp"

#include <map>

namespace ltfb::trainer {

NodeMap::NodeMap(const std::vector<int>& node_of_seat) {
    std::map<int, int> numbers;
    for (std::size_t seat = 0; seat < node_of_seat.size(); ++seat) {
        const int next = static_cast<int>(numbers.size());
        const int node = numbers.try_emplace(node_of_seat[seat], next).first->second;
        if (node == next) { seats_.emplace_back(); }
        seats_[static_cast<std::size_t>(node)].push_back(static_cast<int>(seat));
        node_of_.push_back(node);
    }
}

int NodeMap::handler(int node, int owner) const {
    const std::vector<int>& seats = seats_of(node);
    return seats[static_cast<std::size_t>(owner) % seats.size()];
}

}  // namespace ltfb::trainer
