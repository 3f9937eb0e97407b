#include "orchestrator/resume.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string_view>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "orchestrator/run_directory.hpp"

namespace fs = std::filesystem;

namespace ltfb::orchestrator {

namespace {

/// Rank r checks parts r, r + size, ...; what is wrong with the first bad one, on every rank.
std::string check_together(const std::string& folder,
                           const Manifest& manifest,
                           const mpi::Comm& world,
                           const mpi::Deadline& wait) {
    std::string complaint;
    const auto ranks = static_cast<std::size_t>(world.size());
    for (auto i = static_cast<std::size_t>(world.rank()); i < manifest.parts.size(); i += ranks) {
        try {
            check_part(folder, manifest.parts[i]);
        } catch (const InputError& error) {
            if (complaint.empty()) { complaint = error.what(); }
        }
    }
    const auto all = mpi::gather_texts(world, complaint, 0, wait);
    const auto first = std::ranges::find_if(all, [](const auto& text) { return !text.empty(); });
    return mpi::broadcast(world, first == all.end() ? "" : *first, 0, wait);
}

/// The root's view of the disk, on every rank: a node may see a shared file system late.
std::vector<int> agreed_rounds(const std::string& run,
                               const mpi::Comm& world,
                               const mpi::Deadline& wait) {
    const Json rounds = snapshot_rounds(run);
    return Json::parse(mpi::broadcast(world, rounds.dump(), 0, wait));
}

/// The root's manifest on every rank; an empty one, with `complaint`, where it is not valid.
Manifest agreed_manifest(const std::string& run,
                         int round,
                         const mpi::Comm& world,
                         const mpi::Deadline& wait,
                         std::string& complaint) {
    Json answer;
    if (world.rank() == 0) {
        try {
            answer["manifest"] = read_manifest(run, round).to_text();
        } catch (const InputError& error) { answer["complaint"] = error.what(); }
    }
    answer = Json::parse(mpi::broadcast(world, answer.dump(), 0, wait));
    if (!answer.contains("manifest")) {
        complaint = answer.at("complaint");
        return {};
    }
    return Manifest::from_text(answer.at("manifest"));
}

/// Without a snapshot there is only the run's id to tell whether it is the same run.
void require_same_run(const Settings& settings, const data::Samples& samples) {
    const std::string path = settings.out + "/config.json";
    std::error_code ignored;
    if (!fs::exists(path, ignored)) { return; }
    const Json config = Json::parse(read_text(path), nullptr, false);
    const std::string run_id = run_id_of(settings, samples);
    if (config.is_object() && config.value("run_id", run_id) != run_id) {
        throw InputError(
            fmt::format("--resume auto: {} holds another run, without a valid snapshot "
                        "(choose another --out, or replace it with --force)",
                        settings.out));
    }
}

/// What is newer than the start is damaged or was never finished; the rounds come again.
void set_aside_newer(const std::string& run, const StartPoint& start) {
    for (const int round : snapshot_rounds(run)) {
        if (round < start.first_round()) { return; }
        const std::string folder = snapshot_folder(run, round);
        const std::string aside = folder + ".damaged";
        fs::remove_all(aside);
        if (fs::exists(folder + "/manifest.json")) {
            fs::rename(folder, aside);
        } else {
            fs::remove_all(folder);
        }
    }
}

bool may_change(const std::string& key, const std::string& allowed) {
    std::istringstream keys(allowed);
    for (std::string one; std::getline(keys, one, ',');) {
        if (one == key || one == "all") { return true; }
    }
    return false;
}

}  // namespace

bool is_complete_run(const std::string& run) {
    std::error_code ignored;
    return fs::exists(run + "/summary.json", ignored);
}

bool holds_run(const std::string& run) {
    std::error_code ignored;
    return fs::exists(run + "/config.json", ignored) || fs::exists(run + "/events.jsonl", ignored);
}

StartPoint find_start(const Settings& settings) {
    StartPoint start;
    if (settings.resume.empty()) { return start; }
    start.goes_on = holds_run(settings.out);
    for (const int round : snapshot_rounds(settings.out)) {
        try {
            Manifest manifest = read_manifest(settings.out, round);
            for (const SnapshotPart& part : manifest.parts) {
                check_part(snapshot_folder(settings.out, round), part);
            }
            start.snapshot = std::move(manifest);
            return start;
        } catch (const InputError& error) { start.skipped.emplace_back(error.what()); }
    }
    return start;
}

StartPoint find_start(const Settings& settings, const mpi::Comm& world, const mpi::Deadline& wait) {
    StartPoint start;
    if (settings.resume.empty()) { return start; }
    start.goes_on = mpi::max(world, holds_run(settings.out) ? 1 : 0, wait) == 1;
    for (const int round : agreed_rounds(settings.out, world, wait)) {
        std::string complaint;
        Manifest manifest = agreed_manifest(settings.out, round, world, wait, complaint);
        if (complaint.empty()) {
            complaint = check_together(snapshot_folder(settings.out, round), manifest, world, wait);
        }
        if (complaint.empty()) {
            start.snapshot = std::move(manifest);
            return start;
        }
        start.skipped.push_back(complaint);
    }
    return start;
}

std::vector<std::string> changes_from(const Manifest& manifest,
                                      const Settings& settings,
                                      const std::string& data_digest) {
    constexpr std::array<std::string_view, 6> free_keys{
        "data", "trainers", "ranks-per-trainer", "threads", "deadline", "read-ahead-mb"};
    std::vector<std::string> changes;
    std::vector<std::string> refused;
    const auto compare = [&](const std::string& key, const Json& old, const Json& now) {
        if (old == now || key == "data") { return; }
        changes.push_back(fmt::format("{}: {} -> {}", key, old.dump(), now.dump()));
        const bool is_free = std::ranges::find(free_keys, key) != free_keys.end();
        if (!is_free && !may_change(key, settings.allow_change)) { refused.push_back(key); }
    };
    const Json now = decisive_settings(settings);
    for (const auto& [key, value] : now.items()) {
        compare(key, manifest.settings.value(key, Json()), value);
    }
    compare("data-digest", manifest.data_digest, data_digest);
    if (!refused.empty()) {
        throw InputError(fmt::format(
            "--resume: the run in {} was started with other settings: {} (use its own, or accept "
            "with --allow-change {})",
            settings.out,
            fmt::join(changes, ", "),
            fmt::join(refused, ",")));
    }
    if (manifest.round + 1 >= settings.rounds) {
        throw InputError(fmt::format("--rounds {}: the run in {} has played {} already (use more)",
                                     settings.rounds,
                                     settings.out,
                                     manifest.round + 1));
    }
    return changes;
}

void prepare_start(StartPoint& start,
                   const Settings& settings,
                   const data::Samples& samples,
                   bool is_root) {
    if (start.snapshot) {
        start.changes = changes_from(*start.snapshot, settings, to_hex(samples.digest()));
        for (const int lost : start.snapshot->lost) {
            if (lost >= settings.trainers) { continue; }
            start.changes.push_back(
                fmt::format("trainer {}: lost, goes on from trainer {}",
                            lost,
                            source_of(lost, settings.trainers, *start.snapshot)));
        }
    } else if (!settings.resume.empty() && settings.resume != "auto") {
        throw InputError(
            fmt::format("--resume {}: no valid snapshot is there{}{} (--resume auto "
                        "would start afresh)",
                        settings.out,
                        start.skipped.empty() ? "" : ": ",
                        fmt::join(start.skipped, ", ")));
    } else if (start.goes_on) {
        require_same_run(settings, samples);
    }
    if (!is_root) { return; }
    for (const std::string& complaint : start.skipped) {
        std::fputs(fmt::format("ltfb-run: snapshot skipped: {}\n", complaint).c_str(), stderr);
    }
    if (!start.goes_on) {
        create_run_directory(settings.out, settings.force);
        return;
    }
    set_aside_newer(settings.out, start);
    fs::create_directories(settings.out + "/models");
    fs::remove(settings.out + "/summary.json");
}

Json resume_fields(const StartPoint& start, const std::string& run, std::uint64_t next_seq) {
    // Without a snapshot everything but run_start is played again.
    const std::uint64_t from = start.snapshot ? start.snapshot->log.seq : 1;
    return {
        {"from_round", start.first_round() - 1},
        {"superseded_from_seq", std::min(from, next_seq)},
        {"changes", start.changes},
        {"path",
         start.snapshot ? snapshot_folder(run, start.snapshot->round).substr(run.size() + 1) : ""},
        {"skipped", start.skipped}};
}

int source_of(int trainer, int trainers, const Manifest& manifest) {
    const auto is_in = [](const std::vector<int>& list, int one) {
        return std::ranges::find(list, one) != list.end();
    };
    std::vector<int> saved;
    for (const SnapshotPart& part : manifest.parts) { saved.push_back(part.trainer); }
    const bool is_same_number =
        trainers == static_cast<int>(manifest.parts.size() + manifest.lost.size());
    if (is_same_number && is_in(saved, trainer)) { return trainer; }
    std::vector<int> best_first;
    for (const Json& standing : manifest.standings) {
        const int one = standing.at("trainer");
        if (is_in(saved, one)) { best_first.push_back(one); }
    }
    for (const int other : saved) {
        if (!is_in(best_first, other)) { best_first.push_back(other); }
    }
    if (is_same_number) { return best_first.front(); }
    best_first.resize(std::min(saved.size(), static_cast<std::size_t>(trainers)));
    std::ranges::sort(best_first);
    return best_first[static_cast<std::size_t>(trainer) % best_first.size()];
}

}  // namespace ltfb::orchestrator
