#pragma once

#include <functional>
#include <map>
#include <vector>

#include "core/json.hpp"
#include "core/mpi.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// Where all trainers stood after a round.
struct StandingsTable {
    std::vector<double> scores;  // [trainers] of the model held; NaN for who had left
    std::vector<int> ages;       // [trainers] rounds since it took over a model
};

/// Lets every trainer know where all stand, for selections that look at the whole population. A
/// trainer posts its standing at the end of a round to all others; it is needed in the next round's
/// tournament, so it travels while that round's steps run. Everybody that plays comes to see the
/// same table: a trainer is left out only where it never posted, which its stop notice says.
class StandingsBoard {
public:
    StandingsBoard(Transport& transport, int trainer, int num_trainers);

    /// Lead seat only. The own standing after `round`, told to all.
    void post(int round, double score, int age);

    /// Lead seat only. What is known of how another trainer stood, for `note` elsewhere.
    [[nodiscard]] Json told_by(int trainer) const;
    /// Lead seat only. What others know of how a trainer stood.
    void note(int trainer, const Json& told);

    /// Collective over the trainer's seats `comm`. Waits for the standings of `round` of all
    /// trainers of which `has_left` (asked on the lead seat) isn't true. Rounds are asked for in
    /// ascending order. `accuse`, if any, is told of those that let the deadline pass; then it is
    /// waited once more.
    StandingsTable await(int round,
                         const std::function<bool(int trainer)>& has_left,
                         const std::function<void(int trainer)>& accuse,
                         const mpi::Comm& comm,
                         const mpi::Deadline& deadline);

private:
    struct Standing {
        double score = 0.0;
        int age = 0;
    };

    bool is_complete(int round, const std::function<bool(int trainer)>& has_left);

    Transport& transport_;
    int trainer_;
    int num_trainers_;
    std::map<int, std::map<int, Standing>> posted_;  // round -> trainer -> standing
};

}  // namespace ltfb::tournament
