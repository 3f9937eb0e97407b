#pragma once

#include <cstdint>
#include <vector>

#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// Where the model that `trainer` held after `last_round` was in each earlier round: element r is
/// the trainer that trained it in round r. nobody where the log does not say.
std::vector<std::int32_t> ancestors_of(const RunLog& log,
                                       std::int32_t trainer,
                                       std::int32_t last_round);

/// How many models held after a round descend from each founder.
struct FounderCount {
    std::int32_t founder = nobody;
    std::int32_t models = 0;
};
/// By founder, ascending, only those with descendants.
std::vector<FounderCount> founders_after(const RunLog& log, std::int32_t round);

/// First round after which all models descend from one founder; nobody (-1) if never, or where
/// there never was more than one.
std::int32_t coalescence_round(const RunLog& log);

/// A stretch of one trainer's life with one line of descent: from the start or an adoption until
/// the next adoption, death or end.
struct Branch {
    std::int32_t trainer = nobody;
    std::int32_t lineage = nobody;
    std::int32_t begin = -1;       // round in which the model was adopted; -1 for a founder
    std::int32_t end = -1;         // last round in which it was held
    std::int32_t parent = nobody;  // index of the branch that it was copied from
    bool is_alive = false;         // held at the end of the log
    bool has_living_kin = false;   // it or a descendant is alive
};
/// Ordered by begin, then trainer; parents stand before children.
std::vector<Branch> branches_of(const RunLog& log);

/// The trainers at the end of the log, best first: by the final standings where the run ended, else
/// by the score held after the last round.
struct Rank {
    std::int32_t trainer = nobody;
    double score = absent;
    std::int32_t lineage = nobody;
};
std::vector<Rank> standings_after(const RunLog& log, std::int32_t round);
std::vector<Rank> final_standings(const RunLog& log);

}  // namespace ltfb::experiments
