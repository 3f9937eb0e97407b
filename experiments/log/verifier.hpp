#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "experiments/log/event.hpp"
#include "experiments/log/json.hpp"
#include "tournament/judge.hpp"

namespace ltfb::experiments {

/// What is recorded twice must be equal, NaN included.
inline bool is_same(double a, double b) noexcept {
    return a == b || (std::isnan(a) && std::isnan(b));
}

/// A rule of docs/run-directory.md that a log breaks.
struct Violation {
    std::int64_t line = 0;  // of events.jsonl; 0: another file of the run directory
    std::string rule;
    std::string what;
};

/// Checks event by event that a log fits itself. The rules, by name:
///   line       every line is an event of a known schema, of one run
///   seq        0, 1, 2, ... without gaps or repeats
///   start      run_start comes first, once, and agrees with itself and with config.json
///   order      rounds ascend, and trainers within a round
///   once       a live trainer has at most one eval, tournament and adopt a round, a dead one none
///   opponent   exists, is another trainer, and has the same match in its record, unless it was
///   lost score      a verdict's scores are those of the evals, and of the opponent's record margin
///   is own - challenger, in the direction in which positive favours the challenger verdict    is
///   what the run's win rule makes of the scores, or follows the standings, and who
///              forfeits adopts nothing
///   agreed     is what the four scores say
///   adopt      has its tournament, and an adopted tournament has its adopt
///   digest     what was received is what was sent
///   lineage    follows from the adoptions
///   explore    starts from the value in use, and the trainer runs with the new one
///   hyperparameters  are those adopted and explored
///   end        run_end comes last, and follows from the evals; summary.json repeats it
/// Memory: a few hundred bytes a trainer.
class Verifier {
public:
    /// `line`: where `event` stands in the log.
    void take(const Event& event, std::int64_t line);
    /// After the last event.
    void finish();
    /// Compares the other files of the run directory with the log, where they exist.
    void check_files(const std::string& folder, const std::string& run_id);

    void add(std::int64_t line, std::string_view rule, std::string what);
    [[nodiscard]] const std::vector<Violation>& violations() const noexcept { return violations_; }

private:
    using Values = std::map<std::string, double, std::less<>>;

    struct Match {
        std::int64_t line = 0;
        std::int64_t round = -1;
        std::int64_t opponent = -1;
        double own = absent;
        double challenger = absent;
        double own_there = absent;
        double challenger_there = absent;
        bool adopted = false;
        bool forfeit = false;
    };
    struct Adoption {
        std::int64_t line = 0;
        std::int64_t round = -1;
        std::int64_t from = -1;
        std::int64_t lineage = -1;
        Values values;
    };
    /// What is known of a trainer at this point of the log.
    struct TrainerState {
        bool is_dead = false;
        std::int64_t eval_round = -1;
        double eval_score = absent;
        std::int64_t trained_lineage = -1;  // before the round's adoption; -1: not known
        Values trained_values;
        std::int64_t lineage = -1;  // now
        Values values;              // now; empty: not known
        double final_score = absent;
        bool has_final_score = false;
        Match match;
        Adoption adoption;
    };

    void take_run_start(const Event& event);
    void take_setting(const std::string& key, const Json& value);
    void take_eval(const Event& event);
    void take_final_eval(const Event& event);
    void take_match(const Event& event);
    void check_verdict(const Event& event);
    void take_adopt(const Event& event);
    void take_explore(const Event& event);
    void take_resume(const Event& event);
    void take_run_end(const Event& event);
    void check_order(const Event& event);
    void close_round();
    void check_pair(std::int64_t trainer, const Match& match);
    void check_adoption(std::int64_t trainer, const TrainerState& state);

    void fail(std::string_view rule, std::string what) { add(line_, rule, std::move(what)); }
    [[nodiscard]] bool is_better(double score, double other) const {
        return tournament::is_better(score, other, metric_);
    }
    [[nodiscard]] tournament::Verdict judge(const Event& event) const;

    std::vector<Violation> violations_;
    std::unordered_map<std::int64_t, TrainerState> trainers_;
    tournament::Metric metric_ = tournament::Metric::mse;
    tournament::WinRule win_rule_;
    std::int64_t num_trainers_ = -1;
    std::int64_t line_ = 0;
    std::int64_t events_ = 0;
    std::int64_t open_round_ = -1;
    std::int64_t last_trainer_ = -1;
    bool has_ended_ = false;
    double test_mse_ = absent;
    std::string end_text_;
};

/// What a check of a whole run found.
struct VerifyResult {
    std::uint64_t events = 0;
    std::string run_id;
    std::vector<Violation> violations;
};

/// Verifies `run` (a run directory or a log), up to the first violation unless `all`. Throws
/// InputError where there is no log.
VerifyResult verify_run(const std::string& run, bool all);

}  // namespace ltfb::experiments
