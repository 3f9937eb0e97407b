#pragma once

#include <cstddef>
#include <vector>

namespace ltfb::trainer {

/// Which seats of a trainer are on which node, and who speaks for a node. A pure function of the
/// layout, the same on every seat.
class NodeMap {
public:
    /// `node_of_seat`: any number that only the seats of one node have in common.
    explicit NodeMap(const std::vector<int>& node_of_seat);

    [[nodiscard]] int nodes() const noexcept { return static_cast<int>(seats_.size()); }
    [[nodiscard]] int node_of(int seat) const { return node_of_[static_cast<std::size_t>(seat)]; }
    /// Ascending.
    [[nodiscard]] const std::vector<int>& seats_of(int node) const {
        return seats_[static_cast<std::size_t>(node)];
    }
    /// The seat that sends `node`'s part of the gradient of `owner`'s shard, and receives its
    /// weights. The shards of all owners are shared out evenly among the seats of a node.
    [[nodiscard]] int handler(int node, int owner) const;

private:
    std::vector<int> node_of_;             // by seat; nodes are numbered by their first seat
    std::vector<std::vector<int>> seats_;  // by node
};

}  // namespace ltfb::trainer
