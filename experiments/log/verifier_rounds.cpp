#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "experiments/log/json.hpp"
#include "experiments/log/verifier.hpp"

namespace ltfb::experiments {

void Verifier::close_round() {
    if (open_round_ < 0) { return; }
    std::vector<std::int64_t> trainers;
    for (const auto& [trainer, state] : trainers_) {
        if (state.match.round == open_round_) { trainers.push_back(trainer); }
    }
    std::sort(trainers.begin(), trainers.end());
    for (const std::int64_t trainer : trainers) {
        const TrainerState& state = trainers_.at(trainer);
        if (!state.match.forfeit) { check_pair(trainer, state.match); }
        check_adoption(trainer, state);
    }
}

void Verifier::check_pair(std::int64_t trainer, const Match& match) {
    const auto other = trainers_.find(match.opponent);
    if (other == trainers_.end() || other->second.match.round != match.round) {
        // It died after the match, before it could tell.
        if (other != trainers_.end() && other->second.is_dead) { return; }
        return add(match.line,
                   "opponent",
                   fmt::format("trainer {} met trainer {}, which has no match in round {}",
                               trainer,
                               match.opponent,
                               match.round));
    }
    const Match& theirs = other->second.match;
    if (theirs.opponent != trainer) {
        return add(match.line,
                   "opponent",
                   fmt::format("trainer {} met trainer {}, which met trainer {}",
                               trainer,
                               match.opponent,
                               theirs.opponent));
    }
    if (theirs.forfeit) { return; }  // it did not see this trainer's model
    if (!is_same(match.own_there, theirs.challenger) ||
        !is_same(match.challenger_there, theirs.own)) {
        add(match.line,
            "score",
            fmt::format("trainer {} has {} and {} from trainer {}'s share, which has {} and {}",
                        trainer,
                        match.own_there,
                        match.challenger_there,
                        match.opponent,
                        theirs.challenger,
                        theirs.own));
    }
}

void Verifier::check_adoption(std::int64_t trainer, const TrainerState& state) {
    const Adoption& adoption = state.adoption;
    if (!state.match.adopted) { return; }
    if (adoption.round != state.match.round) {
        return add(state.match.line,
                   "adopt",
                   fmt::format("trainer {} adopted, but has no adopt", trainer));
    }
    const auto source = trainers_.find(adoption.from);
    if (source == trainers_.end() || source->second.eval_round != adoption.round) { return; }
    if (source->second.trained_lineage != adoption.lineage) {
        add(adoption.line,
            "lineage",
            fmt::format("from_lineage {}, but trainer {} was of lineage {}",
                        adoption.lineage,
                        adoption.from,
                        source->second.trained_lineage));
    }
    for (const auto& [name, value] : adoption.values) {
        const auto expected = source->second.trained_values.find(name);
        if (expected != source->second.trained_values.end() && !is_same(expected->second, value)) {
            add(adoption.line,
                "hyperparameters",
                fmt::format("adopted {} = {}, but trainer {} had {}",
                            name,
                            value,
                            adoption.from,
                            expected->second));
        }
    }
}

void Verifier::take_run_end(const Event& event) {
    close_round();
    has_ended_ = true;
    end_text_ = event.text;
    const Json json = parse_json(event.text);
    const Json& standings = member(json, "standings");
    std::set<std::int64_t> seen;
    double before = absent;
    for (const Json& standing : standings) {
        const std::int64_t trainer = integer_in(standing, "trainer", -1);
        const double score = number_in(standing, "score");
        const auto state = trainers_.find(trainer);
        if (!seen.insert(trainer).second) {
            fail("end", fmt::format("trainer {} stands twice", trainer));
        }
        if (seen.size() > 1 && is_better(score, before)) {
            fail("end", fmt::format("trainer {} with {} stands behind {}", trainer, score, before));
        }
        before = score;
        if (state == trainers_.end()) { continue; }
        if (state->second.is_dead) {
            fail("end", fmt::format("trainer {} was lost, but stands", trainer));
        }
        if (state->second.has_final_score && !is_same(state->second.final_score, score)) {
            fail("end",
                 fmt::format("trainer {} stands with {}, but its eval gave {}",
                             trainer,
                             score,
                             state->second.final_score));
        }
        const std::int64_t lineage = integer_in(standing, "lineage", -1);
        if (state->second.lineage >= 0 && state->second.lineage != lineage) {
            fail("lineage",
                 fmt::format("trainer {} stands with lineage {}, but is of {}",
                             trainer,
                             lineage,
                             state->second.lineage));
        }
    }
    const std::int64_t best = integer_in(json, "best_trainer", -1);
    if (!standings.empty() && best != integer_in(standings.front(), "trainer", -1)) {
        fail("end", fmt::format("best_trainer {} does not stand first", best));
    }
    if (std::isfinite(test_mse_) && !is_same(test_mse_, number_in(member(json, "test"), "mse"))) {
        fail("end", fmt::format("test mse is not the test eval's {}", test_mse_));
    }
}

}  // namespace ltfb::experiments
