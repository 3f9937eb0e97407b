#include "orchestrator/snapshot_manifest.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <string_view>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/file.hpp"

namespace fs = std::filesystem;

namespace ltfb::orchestrator {

namespace {

constexpr int manifest_schema = 1;
constexpr std::string_view folder_prefix = "round-";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw InputError(fmt::format("{}: {}", path, why));
}

Json parts_to_json(const std::vector<SnapshotPart>& parts) {
    Json json = Json::array();
    for (const SnapshotPart& part : parts) {
        json.push_back({{"trainer", part.trainer},
                        {"file", part.file},
                        {"bytes", part.bytes},
                        {"xxh3", to_hex(part.digest)}});
    }
    return json;
}

SnapshotPart part_from_json(const Json& json) {
    return {.trainer = json.at("trainer"),
            .file = json.at("file"),
            .bytes = json.at("bytes"),
            .digest = std::stoull(json.at("xxh3").get<std::string>(), nullptr, 16)};
}

Manifest from_json(const Json& json) {
    Manifest manifest{.run_id = json.at("run_id"),
                      .version = json.at("version"),
                      .data_digest = json.at("data_digest"),
                      .settings = json.at("settings"),
                      .round = json.at("round"),
                      .elapsed_s = json.at("elapsed_s"),
                      .log = {.seq = json.at("log").at("seq"), .bytes = json.at("log").at("bytes")},
                      .standings = json.at("standings"),
                      .parts = {},
                      .lost = json.value("lost", std::vector<int>())};
    for (const Json& part : json.at("parts")) { manifest.parts.push_back(part_from_json(part)); }
    return manifest;
}

}  // namespace

std::string Manifest::to_text() const {
    Json json = {{"schema", manifest_schema},
                 {"run_id", run_id},
                 {"version", version},
                 {"data_digest", data_digest},
                 {"settings", settings},
                 {"round", round},
                 {"elapsed_s", elapsed_s},
                 {"log", {{"seq", log.seq}, {"bytes", log.bytes}}},
                 {"standings", standings},
                 {"parts", parts_to_json(parts)},
                 {"lost", lost}};
    json["xxh3"] = to_hex(digest_of(json.dump()));
    return json.dump(1) + "\n";
}

Manifest Manifest::from_text(const std::string& text) {
    try {
        Json json = Json::parse(text);
        const std::string written = json.at("xxh3");
        json.erase("xxh3");
        if (written != to_hex(digest_of(json.dump()))) {
            throw InputError("its content doesn't fit its own checksum (damaged)");
        }
        if (json.at("schema") != manifest_schema) {
            throw InputError("is of another version of ltfb-run");
        }
        return from_json(json);
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("is not a manifest (damaged): {}", error.what()));
    } catch (const std::logic_error&) { throw InputError("holds no checksum where one belongs"); }
}

std::string snapshot_folder(const std::string& run, int round) {
    return fmt::format("{}/snapshots/{}{:06d}", run, folder_prefix, round);
}

std::string part_name(int trainer) {
    return fmt::format("trainer-{:04d}.h5", trainer);
}

std::vector<int> snapshot_rounds(const std::string& run) {
    std::vector<int> rounds;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(run + "/snapshots", ignored)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(folder_prefix)) { continue; }
        int round = -1;
        const char* const end = name.data() + name.size();
        const auto parsed = std::from_chars(name.data() + folder_prefix.size(), end, round);
        if (parsed.ec == std::errc() && parsed.ptr == end) { rounds.push_back(round); }
    }
    std::ranges::sort(rounds, std::greater());
    return rounds;
}

Manifest read_manifest(const std::string& run, int round) {
    const std::string folder = snapshot_folder(run, round);
    const std::string path = folder + "/manifest.json";
    std::error_code ignored;
    if (!fs::exists(path, ignored)) { refuse(folder, "has no manifest (it was never finished)"); }
    Manifest manifest;
    try {
        manifest = Manifest::from_text(read_text(path));
    } catch (const InputError& error) { refuse(path, error.what()); }
    if (manifest.round != round) {
        refuse(path, fmt::format("is of round {} (moved here?)", manifest.round));
    }
    int trainer = 0;
    for (const SnapshotPart& part : manifest.parts) {
        while (std::ranges::find(manifest.lost, trainer) != manifest.lost.end()) { ++trainer; }
        if (part.trainer != trainer++) { refuse(path, "doesn't list every trainer"); }
        const std::uint64_t size = fs::file_size(folder + "/" + part.file, ignored);
        if (ignored || size != part.bytes) {
            refuse(folder + "/" + part.file,
                   ignored ? "is missing"
                           : fmt::format("has {} bytes where {} belong", size, part.bytes));
        }
    }
    if (manifest.parts.empty()) { refuse(path, "lists no trainer"); }
    return manifest;
}

void check_part(const std::string& folder, const SnapshotPart& part) {
    const std::string path = folder + "/" + part.file;
    const std::uint64_t found = digest_file(path);
    if (found != part.digest) {
        refuse(path,
               fmt::format("its content has checksum {} where {} was written (damaged)",
                           to_hex(found),
                           to_hex(part.digest)));
    }
}

void prune_snapshots(const std::string& run, int newest, int keep) {
    int kept = 0;
    for (const int round : snapshot_rounds(run)) {
        if (round > newest) { continue; }
        const std::string folder = snapshot_folder(run, round);
        std::error_code ignored;
        const bool is_complete = fs::exists(folder + "/manifest.json", ignored);
        if (is_complete && kept < keep) {
            ++kept;
            continue;
        }
        // Without its manifest it is none any more, however far the removal gets.
        fs::remove(folder + "/manifest.json", ignored);
        fs::remove_all(folder, ignored);
    }
}

}  // namespace ltfb::orchestrator
