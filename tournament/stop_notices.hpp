#pragma once

#include <map>

#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// Which trainers have said that they play no further rounds. For lead seats; never waits.
class StopNotices {
public:
    StopNotices(Transport& transport, int trainer) : transport_(transport), trainer_(trainer) {}

    /// Tells every other trainer that this one plays no round from `round` on.
    void announce(int round, int num_trainers);
    /// The first round that another trainer has announced not to play; the largest int where none
    /// has.
    int first(int num_trainers);
    /// Whether `trainer` has announced not to play `round`.
    bool has_left(int trainer, int round);

private:
    void poll(int trainer);

    Transport& transport_;
    int trainer_;
    std::map<int, int> stopped_;  // trainer -> first round it doesn't play, as far as known
};

}  // namespace ltfb::tournament
