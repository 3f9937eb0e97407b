#include "orchestrator/run_directory.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace fs = std::filesystem;

namespace ltfb::orchestrator {

namespace {

constexpr const char* written_names[] = {
    "config.json", "events.jsonl", "status.json", "summary.json", "models", "snapshots", "jobs"};

bool is_left_by_a_start(const fs::directory_entry& entry) {
    std::error_code error;
    return entry.path().filename() == "config.json.partial" ||
           (entry.path().filename() == "models" && fs::is_empty(entry.path(), error));
}

}  // namespace

void require_free(const std::string& path) {
    std::error_code error;
    if (!fs::exists(path, error)) { return; }
    const fs::directory_iterator entries(path, error);
    if (error || !std::all_of(fs::begin(entries), fs::end(entries), is_left_by_a_start)) {
        throw InputError(fmt::format(
            "--out {}: exists and isn't empty (choose another, or replace the run with --force)",
            path));
    }
}

void create_run_directory(const std::string& path, bool force) {
    std::error_code error;
    if (!force) { require_free(path); }
    for (const char* name : written_names) { fs::remove_all(fs::path(path) / name, error); }
    fs::create_directories(fs::path(path) / "models", error);
    if (error) {
        throw InputError(fmt::format(
            "--out {}: cannot be created: {} (check path and rights)", path, error.message()));
    }
}

Json decisive_settings(const Settings& settings) {
    Json json = to_json(settings);
    for (const char* key : {"out",
                            "force",
                            "progress",
                            "serve",
                            "jobs",
                            "silence",
                            "launcher",
                            "launcher-args",
                            "save-models",
                            "snapshot-every",
                            "keep",
                            "resume",
                            "allow-change",
                            "on-trainer-loss",
                            "max-restarts",
                            "time-limit"}) {
        json.erase(key);
    }
    return json;
}

std::string run_id_of(const Settings& settings, const data::Samples& samples) {
    Json decisive = decisive_settings(settings);
    decisive["data"] = to_hex(samples.digest());
    return to_hex(digest_of(decisive.dump()));
}

Json count_roles(std::span<const data::Role> roles) {
    return {{"train", std::ranges::count(roles, data::Role::train)},
            {"tournament", std::ranges::count(roles, data::Role::tournament)},
            {"test", std::ranges::count(roles, data::Role::test)}};
}

Json config_of(const Settings& settings,
               const data::Samples& samples,
               std::span<const data::Role> roles,
               std::size_t parameters) {
    const auto& shape = samples.shape();
    return {
        {"schema", 1},
        {"run_id", run_id_of(settings, samples)},
        {"version", LTFB_VERSION},
        {"settings", to_json(settings)},
        {"layout", {{"trainers", settings.trainers}, {"ranks_per_trainer", layout_of(settings)}}},
        {"data",
         {{"path", settings.data},
          {"digest", to_hex(samples.digest())},
          {"samples", shape.samples},
          {"cell_features", shape.cell_features},
          {"drug_features", shape.drug_features},
          {"has_dose", shape.has_dose},
          {"roles", count_roles(roles)}}},
        {"model", {{"parameters", parameters}}}};
}

}  // namespace ltfb::orchestrator
