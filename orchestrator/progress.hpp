#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// What the population looks like after its last complete round.
struct Standing {
    int trainer = -1;
    int lineage = -1;
    double score = 0.0;
    double lr = 0.0;
    std::uint64_t samples = 0;
    int adoptions = 0;
};

/// Shows a run on the root's standard output: redrawn in place on a terminal, plain lines or JSON
/// lines otherwise.
class ProgressView {
public:
    ProgressView(const Settings& settings, double first_draw_after_s = 1.0);

    /// The state after `rounds` rounds of a run that is gone on with, from its `standings`.
    void restore(int rounds, const Json& standings);

    /// Between steps of the root's own trainer: shows where it is, now and then.
    void tick(int round, std::uint64_t step_in_round, double samples_per_s);
    /// Events of a complete round; whoever fails in it counts as lost, as in `note`.
    void show_round(int round, const std::vector<Json>& events);
    /// An event of no round: a trainer that fails counts as lost until the run is resumed.
    void note(const Json& event);
    /// Something else was printed: the next drawing goes below it instead of over it.
    void make_room() noexcept { drawn_lines_ = 0; }
    /// The final standings and result.
    void show_result(const Json& summary);

    /// Best first, by the run's metric, without those that are lost.
    [[nodiscard]] std::vector<Standing> standings() const;
    /// Of the whole population, over the last complete round.
    [[nodiscard]] double samples_per_s() const noexcept { return samples_per_s_; }

private:
    enum class Kind { terminal, lines, json, none };

    void absorb(const Json& event);
    void draw(const std::string& activity);
    [[nodiscard]] std::string scores_text() const;
    [[nodiscard]] std::string pace_text() const;
    [[nodiscard]] double elapsed_s() const;
    [[nodiscard]] double eta_s() const;

    const Settings& settings_;
    Kind kind_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double next_tick_s_;
    double round_part_ = 0.0;  // of the current round that the root's trainer has done
    int rounds_done_ = 0;
    double last_round_s_ = 0.0;  // when the last complete round ended
    double samples_per_s_ = 0.0;
    int first_round_ = 0;  // of this job
    int adopted_ = 0;      // in the last complete round
    int matches_ = 0;
    int not_finite_ = 0;
    std::set<int> lost_;  // trainers
    std::size_t drawn_lines_ = 0;
    std::map<int, Standing> trainers_;
    std::vector<std::string> last_matches_;
};

}  // namespace ltfb::orchestrator
