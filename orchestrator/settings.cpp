#include "orchestrator/settings.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "data/roles.hpp"
#include "orchestrator/hyperparameter_draw.hpp"
#include "orchestrator/search_space.hpp"
#include "orchestrator/server/server_address.hpp"
#include "orchestrator/setting_table.hpp"
#include "orchestrator/snapshot_interval.hpp"
#include "tournament/judge.hpp"
#include "trainer/arenas.hpp"
#include "trainer/schedule.hpp"

namespace ltfb::orchestrator {

Json to_json(const Settings& settings) {
    Json json = Json::object();
    for_each_setting(settings,
                     [&](const char* name, const char*, const auto& value) { json[name] = value; });
    if (!settings.space.empty()) { json["space"] = Json::parse(settings.space); }
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
    one_of("engine", s.engine, {"auto", "blocked", "onednn", "reference"});
    one_of("dropout-scope", s.dropout_scope, {"sample", "entity"});
    one_of("precision", s.precision, {"auto", "fp32", "bf16"});
    trainer::parse_gradient_exchange(s.gradient_exchange);
    one_of("optimizer", s.optimizer, {"adam", "sgd"});
    in_range("hidden", s.hidden, 1, 1 << 16);
    in_range("track-layers", s.track_layers, 1, 100);
    in_range("top-layers", s.top_layers, 1, 100);
    trainer::parse_schedule_kind(s.schedule);
    if (s.schedule == "step" && s.step_every == 0) {
        throw InputError("--schedule step: needs --step-every (steps between two drops)");
    }
    for (const auto& [key, known] : space_context(s).keys) {
        std::string option = key;
        std::ranges::replace(option, '_', '-');
        in_range(option.c_str(), known.base, known.lowest, known.highest);
    }
    search_space(s);
}

void validate_tournament(const Settings& s) {
    tournament::parse_metric(s.metric);
    tournament::parse_win_rule(s.win);
    parse_target_score(s.target_score);
    tournament::check_selection(selection_rule(s), s.trainers);
    explore_rule(s);
    one_of("exchange", s.exchange, {"weights", "weights+optimizer"});
    in_range("exchange-steps",
             static_cast<double>(s.exchange_steps),
             0.0,
             static_cast<double>(s.steps_per_round));
}

std::vector<int> sizes_in(const std::string& layout) {
    std::vector<int> sizes;
    for (std::size_t begin = 0; begin <= layout.size();) {
        const std::size_t end = std::min(layout.find(',', begin), layout.size());
        int size = 0;
        const char* last = layout.data() + end;
        const auto [rest, error] = std::from_chars(layout.data() + begin, last, size);
        if (error != std::errc() || rest != last || size < 1 || size > 1 << 16) {
            throw InputError(fmt::format(
                "--layout {}: not a list of numbers of ranks (for example 4,4,8)", layout));
        }
        sizes.push_back(size);
        begin = end + 1;
    }
    return sizes;
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
    in_range("read-ahead-mb", s.read_ahead_mb, 0, 1 << 20);
    in_range("deadline", s.deadline_s, 0.1, 1e7);
    if (s.test_fraction + s.tournament_fraction > 0.95) {
        throw InputError("--test-fraction + --tournament-fraction: nothing is left to train on");
    }
    one_of("hold-out", s.hold_out, {"pairs", "cells", "drugs"});
    one_of("jobs", s.jobs, {"one", "per-trainer"});
    if (s.jobs == "per-trainer" && s.launcher == "none") {
        throw InputError("--launcher none: --jobs per-trainer needs one (use auto, mpiexec, srun)");
    }
    in_range("silence", s.silence_s, 3.0, 1e6);
    one_of("launcher", s.launcher, {"auto", "mpiexec", "srun", "none"});
    one_of("on-trainer-loss", s.on_trainer_loss, {"restart", "continue", "stop"});
    in_range("max-restarts", s.max_restarts, 0, 1 << 20);
    in_range("keep", s.keep, 1, 1 << 20);
    in_range("time-limit", s.time_limit_s, 0.0, 1e9);
    parse_snapshot_every(s.snapshot_every);
    if (!s.resume.empty() && s.force) {
        throw InputError("--force: replaces a run, --resume goes on with it (use one of them)");
    }
    if (!s.resume.empty() && s.resume != "auto" && s.resume != s.out) {
        throw InputError(fmt::format(
            "--resume {}: goes on there, not in --out {} (name it once)", s.resume, s.out));
    }
    if (!s.serve.empty()) { server::parse_server_address(s.serve); }
    one_of("progress", s.progress, {"auto", "terminal", "lines", "json", "none"});
    one_of("save-models", s.save_models, {"all", "best", "none"});
    data::parse_partition(s.partition, s.seed);
    validate_training(s);
    validate_tournament(s);
}

void resolve(Settings& s) {
    s.space = resolve_space(s);
    if (!s.replay.empty()) {
        s.trainers = 1;
        s.selection = "none";
        s.partition = "replicated";
    }
    if (s.layout.empty()) { return; }
    if (s.ranks_per_trainer != 1) {
        throw InputError(fmt::format(
            "--layout {}: says how many ranks each trainer has (leave out --ranks-per-trainer)",
            s.layout));
    }
    s.trainers = static_cast<int>(sizes_in(s.layout).size());
    if (!s.replay.empty() && s.trainers != 1) {
        throw InputError(fmt::format("--layout {}: --replay trains one model", s.layout));
    }
}

tournament::SelectionRule selection_rule(const Settings& s) {
    return {.kind = tournament::parse_selection_kind(s.selection),
            .quantile = s.quantile,
            .sample_size = s.sample_size,
            .burn_in_rounds = s.burn_in,
            .control = s.control};
}

tournament::ExploreRule explore_rule(const Settings& s) {
    return tournament::make_explore_rule(s.explore, s.perturb_factor, s.resample_probability);
}

std::vector<int> layout_of(const Settings& settings) {
    if (!settings.layout.empty()) { return sizes_in(settings.layout); }
    return std::vector<int>(static_cast<std::size_t>(settings.trainers),
                            settings.ranks_per_trainer);
}

}  // namespace ltfb::orchestrator
