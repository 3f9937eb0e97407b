#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace ltfb::server {

/// What a run looks like after the events that it was given, in file order. Memory grows with the
/// number of trainers, not of events.
class RunState {
public:
    struct Trainer {
        int round = -1;                                           // the last that it played
        double score = std::numeric_limits<double>::quiet_NaN();  // of the model it holds
        int lineage = -1;
        int adoptions = 0;
        double samples_per_s = 0.0;
        bool is_lost = false;
        Json hyperparameters = Json::object();
    };
    /// A place in the standings.
    struct Rank {
        int trainer = -1;
        double score = std::numeric_limits<double>::quiet_NaN();
        int lineage = -1;
    };

    /// False where this is no event of a schema that we know; a flawed one is taken in part.
    bool take(const Json& event);

    [[nodiscard]] bool has_started() const noexcept { return !run_id_.empty(); }
    [[nodiscard]] bool has_ended() const noexcept { return !end_.is_null(); }
    /// The last round with events, -1 before the first.
    [[nodiscard]] int round() const noexcept { return round_; }
    /// The final standings, or else those of the last round's trainers; best first.
    [[nodiscard]] std::vector<Rank> standings() const;

    // Members of the answers of docs/http-api.md, as far as they follow from the events alone.
    [[nodiscard]] Json identity() const;
    [[nodiscard]] Json status() const;
    [[nodiscard]] Json counts() const;
    [[nodiscard]] Json result() const;
    [[nodiscard]] Json standings_table() const;
    [[nodiscard]] const Json& settings() const noexcept { return settings_; }

private:
    struct Match {
        int trainer = -1;
        int opponent = -1;
        bool is_adopted = false;
        double margin = std::numeric_limits<double>::quiet_NaN();
    };

    void start(const Json& event);
    void evaluate(const Json& event);
    void judge(const Json& event);
    void adopt(const Json& event);
    void explore(const Json& event);
    void fail(const Json& event);
    void resume(const Json& event);
    void change_setting(const std::string& change);
    Trainer* play(const Json& event);
    [[nodiscard]] bool is_better(double score, double other) const;
    [[nodiscard]] const Trainer* find(int trainer) const;

    std::string run_id_;
    std::string version_;
    std::string started_;
    std::string metric_ = "mse";
    Json settings_ = Json::object();
    std::int64_t trainer_count_ = 0;
    std::int64_t ranks_ = 0;
    std::int64_t rounds_set_ = 0;
    double t_rel_s_ = 0.0;
    int round_ = -1;
    std::map<int, Trainer> trainers_;
    std::vector<Match> last_matches_;
    std::int64_t samples_trained_ = 0;
    std::int64_t verdicts_ = 0;
    std::int64_t adoptions_ = 0;
    std::int64_t agreements_ = 0;
    std::int64_t forfeits_ = 0;
    std::int64_t non_finite_scores_ = 0;
    Json last_failure_;
    Json last_snapshot_;
    Json end_;  // the run_end event
};

}  // namespace ltfb::server
