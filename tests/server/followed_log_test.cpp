#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "orchestrator/server/server_followed_log.hpp"
#include "orchestrator/server/server_line_scanner.hpp"
#include "run_fixture.hpp"

using namespace ltfb;
using namespace ltfb::server;
using News = FollowedLog::News;
using Lines = std::vector<std::string>;

namespace {

constexpr std::uint64_t much = 1U << 30U;
constexpr std::uint64_t everything = ~std::uint64_t{0};

/// Follows a log and keeps what it is given; lines that start with '!' count as unreadable.
struct Follower {
    explicit Follower(const std::string& run) : log(run + "/events.jsonl") {}

    News poll(std::uint64_t budget = much) {
        return log.poll(budget, [this](std::uint64_t number, std::string_view line) {
            numbers.push_back(number);
            lines.emplace_back(line);
            return FollowedLog::Taken{.is_readable = !line.starts_with('!'),
                                      .stops = line == "stop"};
        });
    }
    Lines read(std::uint64_t from, std::uint64_t end = everything, std::uint64_t budget = much) {
        Lines found;
        next = log.read(from, end, budget, [&](std::uint64_t, std::string_view line, bool is_good) {
            found.emplace_back(is_good ? line : "?");
        });
        return found;
    }

    FollowedLog log;
    Lines lines;
    std::vector<std::uint64_t> numbers;
    std::uint64_t next = 0;
};

}  // namespace

TEST_CASE("a log is followed from before it exists, line by whole line") {
    const ScratchFolder folder;
    const std::string run = make_run(folder, "a");
    Follower follower(run);
    CHECK(follower.log.is_behind());
    CHECK(follower.poll() == News::none);
    CHECK_FALSE(follower.log.is_behind());
    append(run, "one\ntw");
    CHECK(follower.poll() == News::some);
    CHECK(follower.lines == Lines{"one"});
    CHECK(follower.poll() == News::none);
    CHECK(follower.log.is_torn());
    append(run, "o\n\nfour\n");
    CHECK(follower.poll() == News::some);
    CHECK(follower.lines == Lines{"one", "two", "", "four"});
    CHECK(follower.numbers == std::vector<std::uint64_t>{0, 1, 2, 3});
    CHECK(follower.poll() == News::none);
    CHECK_FALSE(follower.log.is_torn());
    CHECK(follower.log.bytes() == 14);
}

TEST_CASE("any lines can be read, with what is unreadable marked") {
    const ScratchFolder folder;
    const std::string run = make_run(folder, "a");
    std::string text;
    for (int i = 0; i < 1000; ++i) { text += fmt::format("{}{}\n", i % 100 == 7 ? "!" : "", i); }
    append(run, text);
    Follower follower(run);
    while (follower.poll(500) == News::some) {}
    CHECK(follower.log.lines() == 1000);
    CHECK(follower.log.unreadable() == 10);
    for (const std::uint64_t from : {0U, 63U, 64U, 65U, 127U, 128U, 999U}) {
        const auto found = follower.read(from, from + 1);
        REQUIRE(found.size() == 1);
        CHECK(found[0] == (from % 100 == 7 ? "?" : std::to_string(from)));
    }
    CHECK(follower.read(105, 109) == Lines{"105", "106", "?", "108"});
    CHECK(follower.next == 109);
    CHECK(follower.read(990, everything, 6) == Lines{"990", "991"});
    CHECK(follower.next == 992);
    CHECK(follower.read(1000).empty());
    CHECK(follower.next == 1000);
    CHECK(follower.read(everything).empty());
    CHECK(follower.next == everything);
}

TEST_CASE("taking lines stops where it's asked to, and goes on there") {
    const ScratchFolder folder;
    const std::string run = make_run(folder, "a");
    append(run, "one\nstop\ntwo\n");
    Follower follower(run);
    CHECK(follower.poll() == News::some);
    CHECK(follower.lines == Lines{"one", "stop"});
    CHECK(follower.log.is_behind());
    CHECK(follower.poll() == News::some);
    CHECK(follower.lines == Lines{"one", "stop", "two"});
}

TEST_CASE("a log that was replaced, truncated or removed counts from 0 again") {
    const ScratchFolder folder;
    const std::string run = make_run(folder, "a");
    const std::string path = run + "/events.jsonl";
    append(run, "one\ntwo\n");
    Follower follower(run);
    follower.poll();

    SUBCASE("truncated") {
        std::filesystem::resize_file(path, 4);
    }
    SUBCASE("removed") {
        std::filesystem::remove(path);
    }
    SUBCASE("replaced by a longer one") {
        std::filesystem::remove(path);
        append(run, "another\nlonger\nlog\n");
        CHECK(follower.read(0).empty());
    }
    CHECK(follower.poll() == News::replaced);
    CHECK(follower.log.lines() == 0);
    CHECK(follower.log.generation() == 1);
    follower.lines.clear();
    follower.poll();
    CHECK(follower.lines.size() == follower.log.lines());
    CHECK(follower.poll() == News::none);
}

TEST_CASE("an overlong line is passed over, also when it arrives in parts") {
    const ScratchFolder folder;
    const std::string run = make_run(folder, "a");
    const std::string part(LineScanner::max_line_bytes / 2 + 1000, 'x');
    append(run, "one\n" + part);
    Follower follower(run);
    CHECK(follower.poll() == News::some);
    append(run, part);
    CHECK(follower.poll() == News::none);
    CHECK(follower.log.is_torn());
    append(run, part);
    CHECK(follower.poll() == News::none);
    append(run, "\nthree\n");
    CHECK(follower.poll() == News::some);
    CHECK(follower.lines.size() == 2);
    CHECK(follower.lines.back() == "three");
    CHECK(follower.read(0) == Lines{"one", "?", "three"});
    CHECK(follower.log.unreadable() == 1);
}

TEST_CASE("what is no regular file is an empty log") {
    const ScratchFolder folder;
    const std::string run = make_run(folder, "a");
    std::filesystem::create_directory(run + "/events.jsonl");
    Follower follower(run);
    CHECK(follower.poll() == News::none);
    std::filesystem::remove(run + "/events.jsonl");
    REQUIRE(::mkfifo((run + "/events.jsonl").c_str(), 0600) == 0);
    CHECK(follower.poll() == News::none);
}
