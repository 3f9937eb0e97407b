#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "orchestrator/snapshot_writer.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

constexpr std::size_t arena = 3 * arena_block;

TrainerState state_of(int trainer, int round) {
    return {.trainer = trainer,
            .round = round,
            .step = 1234567890123,
            .drawn = 42,
            .lineage = 3,
            .hyperparameters = {{"lr", 0.1 + 0.2}, {"batch", 64.0}},
            .trained_samples = 99,
            .train_s = 1.5,
            .tournament_s = 0.25,
            .memory = {{"opponent", 2}},
            .digest = ~std::uint64_t{0}};
}

void fill(std::span<float> values, float first) {
    std::iota(values.begin(), values.end(), first);
}

StateTarget target_of(const std::string& run, int round) {
    return {.path = snapshot_folder(run, round) + "/" + part_name(0)};
}

/// A complete snapshot of one trainer.
Manifest write_snapshot(const std::string& run, int round) {
    SnapshotWriter writer(arena, 3);
    for (std::size_t i = 0; i < 3; ++i) {
        fill(writer.copy_of(i), static_cast<float>(round) + static_cast<float>(i));
    }
    writer.start(target_of(run, round), state_of(0, round), 0.0);
    const PartReport report = writer.wait(60.0);
    REQUIRE_MESSAGE(report.error.empty(), report.error);
    const Manifest manifest{.run_id = "0123456789abcdef",
                            .settings = {{"hidden", 16}},
                            .round = round,
                            .log = {.seq = 4, .bytes = 400},
                            .standings = Json::array(),
                            .parts = {report.part}};
    write_atomically(snapshot_folder(run, round) + "/manifest.json", manifest.to_text());
    return manifest;
}

bool is_valid(const std::string& run, int round) {
    try {
        const Manifest manifest = read_manifest(run, round);
        for (const SnapshotPart& part : manifest.parts) {
            check_part(snapshot_folder(run, round), part);
        }
        return true;
    } catch (const InputError& error) {
        CHECK(std::string(error.what()).find(run) == 0);  // names the file
        return false;
    }
}

void overwrite(const std::string& path, const std::function<void(std::string&)>& change) {
    std::string content = read_text(path);
    change(content);
    std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

TEST_CASE("a trainer's state comes back as it was, shard by shard") {
    const ScratchFolder run;
    write_snapshot(run.path(), 7);
    std::vector<float> expected(arena);
    for (const int seats : {1, 2, 3, 5}) {
        for (int seat = 0; seat < seats; ++seat) {
            const ArenaRange shard = shard_of(arena, seat, seats);
            std::vector<float> weights(arena);
            std::vector<float> first(shard.size());
            std::vector<float> second(shard.size());
            const auto state =
                read_snapshot_file(snapshot_folder(run.path(), 7) + "/trainer-0000.h5",
                                   weights,
                                   {std::span(first), std::span(second)},
                                   shard);
            CHECK(state == state_of(0, 7));
            fill(expected, 7.0F);
            const auto differ = [&](std::size_t at) { return weights[at] != expected[at]; };
            for (std::size_t at = shard.begin; at < shard.end; ++at) { REQUIRE_FALSE(differ(at)); }
            fill(expected, 8.0F);
            CHECK(std::equal(first.begin(), first.end(), &expected[shard.begin]));
            fill(expected, 9.0F);
            CHECK(std::equal(second.begin(), second.end(), &expected[shard.begin]));
        }
    }
}

TEST_CASE("the snapshot of another network or optimizer is refused") {
    const ScratchFolder run;
    write_snapshot(run.path(), 0);
    const std::string path = snapshot_folder(run.path(), 0) + "/trainer-0000.h5";
    std::vector<float> weights(arena);
    std::vector<float> moment(arena);
    std::vector<float> small(arena_block);
    CHECK_THROWS_AS(read_snapshot_file(path, small, {}, {0, arena_block}), InputError);
    CHECK_THROWS_AS(read_snapshot_file(path, weights, {std::span(moment)}, {0, arena}), InputError);
}

TEST_CASE("manifests come back as they were") {
    const ScratchFolder run;
    const Manifest written = write_snapshot(run.path(), 12);
    CHECK(read_manifest(run.path(), 12) == written);
    CHECK(snapshot_folder("RUN", 12) == "RUN/snapshots/round-000012");
}

TEST_CASE("every damage to a snapshot is found") {
    const auto cut = [](std::string& text) { text.resize(text.size() / 2); };
    const auto empty = [](std::string& text) { text.clear(); };
    const auto zero = [](std::string& text) { std::fill_n(&text[text.size() / 3], 64, '\0'); };
    const auto zero_all = [](std::string& text) { std::ranges::fill(text, '\0'); };
    const auto longer = [](std::string& text) { text += '\n'; };
    for (const char* name : {"trainer-0000.h5", "manifest.json"}) {
        for (const std::function<void(std::string&)>& change :
             {std::function<void(std::string&)>(cut),
              std::function<void(std::string&)>(empty),
              std::function<void(std::string&)>(zero),
              std::function<void(std::string&)>(zero_all)}) {
            const ScratchFolder run;
            write_snapshot(run.path(), 3);
            REQUIRE(is_valid(run.path(), 3));
            overwrite(snapshot_folder(run.path(), 3) + "/" + name, change);
            CHECK_FALSE(is_valid(run.path(), 3));
        }
    }
    const ScratchFolder run;
    write_snapshot(run.path(), 3);
    overwrite(snapshot_folder(run.path(), 3) + "/trainer-0000.h5", longer);
    CHECK_FALSE(is_valid(run.path(), 3));
}

TEST_CASE("a flipped bit is found wherever it is") {
    const ScratchFolder run;
    write_snapshot(run.path(), 3);
    for (const char* name : {"trainer-0000.h5", "manifest.json"}) {
        const std::string path = snapshot_folder(run.path(), 3) + "/" + name;
        const std::string good = read_text(path);
        // White space of a manifest carries nothing.
        for (std::size_t i = 0; i < 40; ++i) {
            const std::size_t at = good.size() * i / 40;
            if (good[at] == ' ' || good[at] == '\n') { continue; }
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ 1);
            std::ofstream(path, std::ios::binary) << bad;
            CHECK_FALSE_MESSAGE(is_valid(run.path(), 3), name << " byte " << at);
        }
        std::ofstream(path, std::ios::binary) << good;
        CHECK(is_valid(run.path(), 3));
    }
}

TEST_CASE("files and folders of other rounds do not pass") {
    const ScratchFolder run;
    write_snapshot(run.path(), 3);
    write_snapshot(run.path(), 5);
    const std::string older = snapshot_folder(run.path(), 3);
    const std::string newer = snapshot_folder(run.path(), 5);
    namespace fs = std::filesystem;
    fs::rename(newer, run.path() + "/aside");
    fs::copy(older, newer, fs::copy_options::recursive);
    CHECK_FALSE(is_valid(run.path(), 5));  // an older one under its name
    fs::remove_all(newer);
    fs::rename(run.path() + "/aside", newer);
    REQUIRE(is_valid(run.path(), 5));
    fs::copy_file(older + "/trainer-0000.h5",
                  newer + "/trainer-0000.h5",
                  fs::copy_options::overwrite_existing);
    CHECK_FALSE(is_valid(run.path(), 5));  // an older part in it
    fs::remove(newer + "/trainer-0000.h5");
    CHECK_FALSE(is_valid(run.path(), 5));
    CHECK(snapshot_rounds(run.path()) == std::vector<int>{5, 3});
}

TEST_CASE("what cannot be written is reported, and leaves nothing behind") {
    const ScratchFolder run;
    write_atomically(run.path() + "/snapshots", "a file where the folder belongs");
    SnapshotWriter writer(arena, 1);
    fill(writer.copy_of(0), 0.0F);
    writer.start(target_of(run.path(), 0), state_of(0, 0), 0.0);
    CHECK_FALSE(writer.wait(60.0).error.empty());
    CHECK_FALSE(writer.is_busy());
    // The report survives its way to the root.
    const PartReport report{.round = 3, .part = {.trainer = 1, .file = "f"}, .error = "why"};
    CHECK(PartReport::from_json(report.to_json()).error == "why");
}

TEST_CASE("only the newest snapshots are kept") {
    const ScratchFolder run;
    for (const int round : {1, 2, 3, 4}) { write_snapshot(run.path(), round); }
    std::filesystem::remove(snapshot_folder(run.path(), 2) + "/manifest.json");
    std::filesystem::create_directories(snapshot_folder(run.path(), 9));  // under way
    prune_snapshots(run.path(), 4, 2);
    CHECK(snapshot_rounds(run.path()) == std::vector<int>{9, 4, 3});
}
