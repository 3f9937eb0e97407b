#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tournament/pb2.hpp"

namespace ltfb::tournament {

/// The observations that a trainer knows: its own, and those that it heard of from trainers that it
/// met. Only the newest `pb2_window` are kept; what is kept depends on what was added, not on the
/// order, so it is the same in equal runs.
class ObservationBook {
public:
    /// Of `trainer`'s own round; of two for the same round and trainer the later one counts.
    void add(int trainer, Observation observation);
    /// Adds all that `to_text` of another book says. Throws Error for anything else.
    void merge(std::string_view text);

    /// JSON, to be told to others.
    [[nodiscard]] std::string to_text() const;
    /// Ordered by round, then trainer.
    [[nodiscard]] std::vector<Observation> observations() const;
    [[nodiscard]] bool is_empty() const noexcept { return by_place_.empty(); }

private:
    std::map<std::pair<int, int>, Observation> by_place_;  // by (round, trainer)
};

}  // namespace ltfb::tournament
