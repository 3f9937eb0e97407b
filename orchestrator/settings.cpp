#include "orchestrator/settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "data/roles.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/setting_table.hpp"
#include "tournament/judge.hpp"
#include "trainer/schedule.hpp"

namespace ltfb::orchestrator {

Json to_json(const Settings& settings) {
    Json json = Json::object();
    for_each_setting(settings,
                     [&](const char* name, const char*, const auto& value) { json[name] = value; });
    return json;
}

namespace {

void one_of(const char* option,
            std::string_view value,
            std::initializer_list<std::string_view> allowed) {
    if (std::ranges::find(allowed, value) == allowed.end()) {
        throw InputError(
            fmt::format("--{} {}: unknown (use {})", option, value, fmt::join(allowed, ", ")));
    }
}

template <class T>
void in_range(const char* option, T value, T low, T high) {
    if (!(value >= low && value <= high)) {
        throw InputError(
            fmt::format("--{} {}: out of range (use {} to {})", option, value, low, high));
    }
}

void validate_training(const Settings& s) {
    one_of("engine", s.engine, {"onednn", "reference"});
    one_of("optimizer", s.optimizer, {"adam", "sgd"});
    in_range("hidden", s.hidden, 1, 1 << 16);
    in_range("track-layers", s.track_layers, 1, 100);
    in_range("top-layers", s.top_layers, 1, 100);
    in_range("batch", s.batch, 1, 1 << 20);
    in_range("dropout", s.dropout, 0.0, 0.99);
    in_range("beta1", s.beta1, 0.0, 0.999999);
    in_range("beta2", s.beta2, 0.0, 0.99999999);
    in_range("epsilon", s.epsilon, 1e-30, 1.0);
    in_range("momentum", s.momentum, 0.0, 0.999999);
    in_range("weight-decay", s.weight_decay, 0.0, 1.0);
    in_range("clip", s.clip, 0.0, 1e30);
    in_range("final-factor", s.final_factor, 0.0, 1.0);
    in_range("step-factor", s.step_factor, 0.0, 1.0);
    trainer::parse_schedule_kind(s.schedule);
    if (s.schedule == "step" && s.step_every == 0) {
        throw InputError("--schedule step: needs --step-every (steps between two drops)");
    }
    parse_lr(s.lr);
}

}  // namespace

void validate(const Settings& s) {
    if (s.data.empty()) { throw InputError("--data: missing (a file written by ltfb-data)"); }
    if (s.out.empty()) { throw InputError("--out: missing (the run directory to create)"); }
    in_range("trainers", s.trainers, 1, 1 << 20);
    in_range("ranks-per-trainer", s.ranks_per_trainer, 1, 1 << 16);
    in_range("threads", s.threads, 0, 4096);
    in_range("rounds", s.rounds, 1, 1 << 30);
    in_range<std::uint64_t>("steps-per-round", s.steps_per_round, 1, std::uint64_t{1} << 40U);
    // -1 reads as the largest unsigned number.
    in_range<std::uint64_t>("max-samples", s.max_samples, 0, std::uint64_t{1} << 60U);
    in_range("max-seconds", s.max_seconds, 0.0, 1e9);
    in_range("test-fraction", s.test_fraction, 0.0, 0.9);
    in_range("tournament-fraction", s.tournament_fraction, 0.0, 0.9);
    in_range("deadline", s.deadline_s, 0.1, 1e7);
    if (s.test_fraction + s.tournament_fraction > 0.95) {
        throw InputError("--test-fraction + --tournament-fraction: nothing is left to train on");
    }
    one_of("hold-out", s.hold_out, {"pairs", "cells", "drugs"});
    one_of("selection", s.selection, {"pairwise", "none"});
    one_of("launcher", s.launcher, {"auto", "mpiexec", "srun", "none"});
    one_of("progress", s.progress, {"auto", "terminal", "lines", "json", "none"});
    one_of("save-models", s.save_models, {"all", "best", "none"});
    data::parse_partition(s.partition, s.seed);
    tournament::parse_metric(s.metric);
    tournament::parse_win_rule(s.win);
    parse_target_score(s.target_score);
    validate_training(s);
}

std::vector<int> layout_of(const Settings& settings) {
    return std::vector<int>(static_cast<std::size_t>(settings.trainers),
                            settings.ranks_per_trainer);
}

}  // namespace ltfb::orchestrator
