#include "orchestrator/dry_run.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>

#include <fmt/core.h>

#include "core/error.hpp"
#include "orchestrator/inputs.hpp"
#include "orchestrator/resume.hpp"
#include "orchestrator/run_directory.hpp"
#include "orchestrator/search_space.hpp"
#include "orchestrator/training_settings.hpp"

namespace fs = std::filesystem;

namespace ltfb::orchestrator {

namespace {

constexpr double mib = 1024.0 * 1024.0;

/// Of this machine; 0 where it isn't known.
double available_memory_bytes() {
    std::ifstream file("/proc/meminfo");
    for (std::string word; file >> word;) {
        if (word == "MemAvailable:") {
            double kib = 0.0;
            file >> kib;
            return kib * 1024.0;
        }
    }
    return 0.0;
}

/// Weights, gradient and challenger on every seat; moments and the challenger's in shards; what is
/// read ahead of a dense set.
double rank_bytes(const trainer::ModelLayout& model,
                  const Settings& settings,
                  const data::SampleShape& set) {
    const double arena_bytes = static_cast<double>(model.arena_size) * sizeof(float);
    const double moments = settings.optimizer == "sgd" ? 1.0 : 2.0;
    const auto layout = layout_of(settings);
    const int fewest_ranks = *std::min_element(layout.begin(), layout.end());
    const double kept = settings.exchange_steps > 0 ? 1.0 + moments : 0.0;
    const double read_ahead_bytes = set.chunk > 0 ? settings.read_ahead_mb * 1048576.0 : 0.0;
    return arena_bytes * (3.0 + (2.0 * moments + kept) / fewest_ranks) + read_ahead_bytes;
}

/// The copy that a snapshot is written from, on every lead seat.
double copy_bytes(const trainer::ModelLayout& model, const Settings& settings) {
    const double moments = settings.optimizer == "sgd" ? 1.0 : 2.0;
    return static_cast<double>(model.arena_size) * sizeof(float) * (1.0 + moments);
}

double disk_bytes(const trainer::ModelLayout& model, const Settings& settings) {
    const int models = settings.save_models == "all"    ? settings.trainers + 1
                       : settings.save_models == "best" ? 1
                                                        : 0;
    // One snapshot more than are kept lies on the disk while it is being written.
    const double snapshots = settings.snapshot_every == "none" ? 0.0 : settings.keep + 1.0;
    return static_cast<double>(models) * static_cast<double>(model.parameters) * sizeof(float) +
           snapshots * settings.trainers * copy_bytes(model, settings);
}

std::string space_text(const Settings& settings) {
    const auto space = search_space(settings);
    if (space.variables.empty()) { return "nothing is varied"; }
    std::string text;
    for (const auto& variable : space.variables) {
        text += (text.empty() ? "" : ", ") + variable.key;
    }
    return fmt::format("{} drawn per trainer; explore: {}", text, settings.explore);
}

fs::path existing_parent(fs::path path) {
    path = fs::absolute(path);
    while (!fs::exists(path)) { path = path.parent_path(); }
    return path;
}

}  // namespace

void check_before_launch(const Settings& settings) {
    if (!fs::exists(settings.data)) {
        throw InputError(
            fmt::format("--data {}: no such file (make one with ltfb-data)", settings.data));
    }
    const bool goes_on = !settings.resume.empty() && holds_run(settings.out);
    if (!settings.force && !goes_on) { require_free(settings.out); }
}

std::string dry_run(const Settings& settings) {
    check_before_launch(settings);
    std::size_t fewest = ~std::size_t{0};
    Inputs inputs;
    for (int trainer = 0; trainer < settings.trainers; ++trainer) {
        inputs = open_inputs(settings, trainer);
        fewest = std::min(fewest, inputs.share.train.size());
    }
    const auto layout = layout_of(settings);
    const int ranks = std::accumulate(layout.begin(), layout.end(), 0);
    const trainer::ModelLayout model(model_shape(settings, inputs.samples->shape()));
    const double memory = rank_bytes(model, settings, inputs.samples->shape());
    const double all_memory = memory * ranks + copy_bytes(model, settings) * settings.trainers;
    const double disk = disk_bytes(model, settings);
    const double free_disk =
        static_cast<double>(fs::space(existing_parent(settings.out)).available);
    if (disk > free_disk) {
        throw InputError(
            fmt::format("--out {}: {:.0f} MiB of models and snapshots, but {:.0f} MiB are free "
                        "(use --save-models best, a smaller --keep, or another disk)",
                        settings.out,
                        disk / mib,
                        free_disk / mib));
    }
    const Json roles = count_roles(inputs.roles);
    std::string text = fmt::format(
        "layout   {} trainers of {} ranks = {} ranks; this machine has {} cores\n"
        "data     {} samples ({} cell and {} drug features): {} train, {} tournament, {} test; "
        "the smallest training share has {}\n"
        "model    {} parameters\n"
        "space    {}\n"
        "memory   {:.0f} MiB a rank, {:.0f} MiB if all ranks run here ({:.0f} MiB are available)\n"
        "disk     {:.0f} MiB of models and snapshots ({:.0f} MiB are free)\n",
        settings.trainers,
        settings.layout.empty() ? std::to_string(settings.ranks_per_trainer) : settings.layout,
        ranks,
        std::thread::hardware_concurrency(),
        inputs.samples->shape().samples,
        inputs.samples->shape().cell_features,
        inputs.samples->shape().drug_features,
        roles.at("train").dump(),
        roles.at("tournament").dump(),
        roles.at("test").dump(),
        fewest,
        model.parameters,
        space_text(settings),
        memory / mib,
        all_memory / mib,
        available_memory_bytes() / mib,
        disk / mib,
        free_disk / mib);
    if (all_memory > available_memory_bytes()) {
        text += "warning  that is more than this machine has: spread the ranks over more nodes\n";
    }
    return text;
}

}  // namespace ltfb::orchestrator
