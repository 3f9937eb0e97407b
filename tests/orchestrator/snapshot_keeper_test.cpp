#include "orchestrator/snapshot_keeper.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

SnapshotKeeper::Plan plan(const ScratchFolder& run, SnapshotInterval interval, int trainers = 2) {
    return {.run = run.path(),
            .trainers = trainers,
            .keep = 1,
            .interval = interval,
            .common = {.run_id = "0123456789abcdef", .settings = Json::object()}};
}

/// What a trainer's lead seat does in the folder, and reports.
PartReport write_part(const ScratchFolder& run, int trainer, int round) {
    const std::string folder = snapshot_folder(run.path(), round);
    std::filesystem::create_directories(folder);
    const std::string name = "trainer-" + std::to_string(trainer);
    write_atomically(folder + "/" + name, "content");
    return {.round = round, .part = {.trainer = trainer, .file = name, .bytes = 7, .digest = 1}};
}

const RoundPlace place{.log = {.seq = 5, .bytes = 100}, .elapsed_s = 2.0, .standings = {}};

}  // namespace

TEST_CASE("a snapshot is one once every part and the round's events are there") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::rounds, .rounds = 2}));
    keeper.take(write_part(run, 0, 1));
    keeper.note_release(1, place);
    keeper.tick(0.0);
    CHECK(keeper.take_events().empty());
    CHECK_FALSE(std::filesystem::exists(snapshot_folder(run.path(), 1) + "/manifest.json"));
    keeper.take(write_part(run, 1, 1));
    keeper.tick(0.0);
    const auto events = keeper.take_events();
    REQUIRE(events.size() == 1);
    CHECK(events.front().first == std::string("snapshot"));
    CHECK(read_manifest(run.path(), 1).log == place.log);
    CHECK(keeper.take_orders().empty());
}

TEST_CASE("a part that failed costs the snapshot, not the run, and the one before is kept") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::rounds, .rounds = 1}, 1));
    keeper.note_release(0, place);
    keeper.take(write_part(run, 0, 0));
    keeper.tick(0.0);
    CHECK(keeper.take_events().size() == 1);
    keeper.note_release(1, place);
    PartReport failed = write_part(run, 0, 1);
    failed.error = "no space left on device";
    keeper.take(failed);
    keeper.tick(0.0);
    const auto events = keeper.take_events();
    REQUIRE(events.size() == 1);
    CHECK(events.front().first == std::string("failure"));
    CHECK(snapshot_rounds(run.path()) == std::vector<int>{0});
    CHECK_NOTHROW(read_manifest(run.path(), 0));
}

TEST_CASE("a snapshot does without the part of a trainer that has died, and says so") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::rounds, .rounds = 1}, 3));
    keeper.note_release(0, place);
    keeper.take(write_part(run, 0, 0));
    keeper.take(write_part(run, 2, 0));
    keeper.tick(0.0);
    CHECK(keeper.take_events().empty());
    keeper.note_loss(1);
    keeper.tick(0.0);
    REQUIRE(keeper.take_events().size() == 1);
    const Manifest manifest = read_manifest(run.path(), 0);
    CHECK(manifest.lost == std::vector<int>{1});
    CHECK(manifest.parts.size() == 2);
}

TEST_CASE("there is no snapshot that counts on events which are not on the disk") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::rounds, .rounds = 1}, 1));
    for (const bool is_log_written : {false, true}) {
        const int round = is_log_written ? 1 : 0;
        keeper.note_release(round, place);
        keeper.take(write_part(run, 0, round));
        keeper.tick(0.0, is_log_written);
        const auto events = keeper.take_events();
        REQUIRE(events.size() == 1);
        CHECK(events.front().first == std::string(is_log_written ? "snapshot" : "failure"));
    }
    CHECK(snapshot_rounds(run.path()) == std::vector<int>{1});
}

TEST_CASE("a request names a round that nobody has reported, and another one if it was past") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::none}));
    keeper.note_report(3, false);
    keeper.request_snapshot();
    keeper.tick(0.0);
    auto orders = keeper.take_orders();
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].at("snapshot") == 4);
    CHECK(orders[0].at("leave") == false);
    keeper.note_report(4, false);
    keeper.take_late(4);
    orders = keeper.take_orders();
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].at("snapshot").get<int>() > 4);
    keeper.take_late(4);  // of another trainer, about the same order
    CHECK(keeper.take_orders().empty());
}

TEST_CASE("leaving is told once the snapshot is complete") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::none}));
    keeper.request_leave(75);
    const auto orders = keeper.take_orders();
    REQUIRE(orders.size() == 1);
    const int round = orders[0].at("snapshot");
    CHECK(orders[0].at("leave") == true);
    keeper.note_release(round, place);
    keeper.take(write_part(run, 0, round));
    keeper.tick(0.0);
    CHECK(keeper.take_orders().empty());
    keeper.take(write_part(run, 1, round));
    keeper.tick(0.0);
    const auto verdict = keeper.take_orders();
    REQUIRE(verdict.size() == 1);
    CHECK(verdict[0].at("leave") == 75);
    CHECK_NOTHROW(read_manifest(run.path(), round));
}

TEST_CASE("whoever waits to leave is released where another trainer ends") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::none}));
    keeper.request_leave(75);
    keeper.take_orders();
    keeper.note_report(0, true);
    const auto orders = keeper.take_orders();
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].contains("cancel"));
    keeper.request_snapshot();
    keeper.tick(1e9);
    CHECK(keeper.take_orders().empty());
}

TEST_CASE("automatic snapshots wait a hundred times what the last one cost") {
    const ScratchFolder run;
    SnapshotKeeper keeper(plan(run, {.kind = SnapshotInterval::Kind::automatic}, 1));
    keeper.tick(0.0);
    keeper.tick(59.0);
    CHECK(keeper.take_orders().empty());
    keeper.tick(61.0);
    const auto orders = keeper.take_orders();
    REQUIRE(orders.size() == 1);
    const int round = orders[0].at("snapshot");
    keeper.note_release(round, place);
    PartReport part = write_part(run, 0, round);
    part.stall_s = 1.0;
    part.write_s = 2.0;
    keeper.take(part);
    keeper.tick(62.0);
    keeper.tick(361.0);
    CHECK(keeper.take_orders().empty());
    keeper.tick(363.0);
    CHECK(keeper.take_orders().size() == 1);
}

TEST_CASE("intervals are read, and what isn't one is refused") {
    using Kind = SnapshotInterval::Kind;
    CHECK(parse_snapshot_every("auto").kind == Kind::automatic);
    CHECK(parse_snapshot_every("none").kind == Kind::none);
    CHECK(parse_snapshot_every("15min").seconds == 900.0);
    CHECK(parse_snapshot_every("30s").seconds == 30.0);
    const auto rounds = parse_snapshot_every("20rounds");
    CHECK(rounds.is_due_after(19));
    CHECK_FALSE(rounds.is_due_after(20));
    CHECK(parse_snapshot_every("1").is_due_after(0));
    for (const char* text : {"", "0", "-1", "often", "5hours", "1e9", "99999999999"}) {
        CHECK_THROWS_AS(parse_snapshot_every(text), InputError);
    }
}
