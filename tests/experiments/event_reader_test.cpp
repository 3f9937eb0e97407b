#include "experiments/log/event_reader.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "log_fixture.hpp"

using namespace ltfb::experiments;
using namespace ltfb::experiments::test;

namespace {

struct Outcome {
    std::vector<std::int64_t> seqs;
    std::vector<Problem> problems;
    bool is_torn = false;
};

Outcome read(const std::string& text) {
    const ScratchFolder folder;
    write_text(folder / "log", text);
    EventReader reader(folder / "log");
    Event event;
    Outcome outcome;
    while (reader.next(event)) { outcome.seqs.push_back(event.seq); }
    outcome.problems = reader.problems().first();
    outcome.is_torn = reader.has_torn_line();
    CHECK(reader.problems().count() == outcome.problems.size());
    return outcome;
}

std::string snapshot(std::int64_t seq) {
    return line(seq, "snapshot", 0, -1, -1, R"("path":"p","bytes":1,"snapshot_s":0.5)") + "\n";
}

using Seqs = std::vector<std::int64_t>;

bool has(const Problem& problem, std::int64_t at, const std::string& text) {
    INFO(problem.line << ": " << problem.what);
    return problem.line == at && problem.what.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a sound log has every event and no problem") {
    const auto lines = simulated_lines();
    std::string text;
    for (const auto& l : lines) { text += l + "\n"; }
    const Outcome outcome = read(text);
    CHECK(outcome.seqs.size() == lines.size());
    CHECK(outcome.problems.empty());
    CHECK_FALSE(outcome.is_torn);
}

TEST_CASE("every field arrives, whatever the order of keys") {
    const ScratchFolder folder;
    write_text(folder / "log",
               R"({"adopted":true,"margin":"nan","own_score":1e-3,"challenger_score":"-inf",)"
               R"("opponent":7,"metric":"m\u00e4","event":"tournament","unknown":{"own_score":9},)"
               R"("trainer":3,"round":2,"step":-5,"seq":0,"lineage":1,"run_id":"r","schema":1,)"
               R"("p_value":null,"bytes":12345678901,"hyperparameters":{"lr":0.1,"b":"inf"}})"
               "\n");
    EventReader reader(folder / "log");
    Event event;
    REQUIRE(reader.next(event));
    CHECK(event.kind == EventKind::tournament);
    CHECK(event.adopted);
    CHECK(std::isnan(event.margin));
    CHECK(event.own_score == 1e-3);
    CHECK(event.challenger_score == -std::numeric_limits<double>::infinity());
    CHECK(event.opponent == 7);
    CHECK(event.metric == "m\xc3\xa4");
    CHECK(event.step == -5);
    CHECK(std::isnan(event.p_value));
    CHECK(event.bytes == 12345678901);
    REQUIRE(event.hyperparameters.size() == 2);
    CHECK(event.hyperparameters[0].name == "lr");
    CHECK(event.hyperparameters[0].value == 0.1);
    CHECK(event.hyperparameters[1].value == std::numeric_limits<double>::infinity());
    CHECK_FALSE(reader.next(event));
}

TEST_CASE("a torn last line is no problem, and is read once it is whole") {
    const ScratchFolder folder;
    const std::string second = snapshot(1);
    write_text(folder / "log", snapshot(0) + second.substr(0, 40));
    EventReader reader(folder / "log");
    Event event;
    CHECK(reader.next(event));
    CHECK_FALSE(reader.next(event));
    CHECK(reader.has_torn_line());
    CHECK(reader.problems().count() == 0);
    std::ofstream(folder / "log", std::ios::app) << second.substr(40);
    REQUIRE(reader.next(event));
    CHECK(event.seq == 1);
    CHECK_FALSE(reader.has_torn_line());
}

TEST_CASE("duplicates are passed over") {
    const Outcome outcome =
        read(snapshot(0) + snapshot(1) + snapshot(1) + snapshot(0) + snapshot(2));
    CHECK(outcome.seqs == Seqs{0, 1, 2});
    REQUIRE(outcome.problems.size() == 2);
    CHECK(has(outcome.problems[0], 3, "repeats seq 1"));
    CHECK(has(outcome.problems[1], 4, "repeats seq 0"));
}

TEST_CASE("a gap is told, and what follows it is read") {
    const Outcome outcome = read(snapshot(0) + snapshot(4) + snapshot(5));
    CHECK(outcome.seqs == Seqs{0, 4, 5});
    REQUIRE(outcome.problems.size() == 1);
    CHECK(has(outcome.problems[0], 2, "seq 4 where 1 is due"));
}

TEST_CASE("lines of another run are passed over") {
    std::string other = snapshot(1);
    other.replace(other.find("00aa"), 4, "00bb");
    const Outcome outcome = read(snapshot(0) + other + snapshot(1));
    CHECK(outcome.seqs == Seqs{0, 1});
    REQUIRE(outcome.problems.size() == 1);
    CHECK(has(outcome.problems[0], 2, "belongs to run 00000000000000bb"));
}

TEST_CASE("an unknown schema is named, also where it changes types") {
    std::string other = snapshot(1);
    other.replace(other.find("\"schema\":1"), 10, "\"schema\":7");
    std::string retyped = other;
    retyped.replace(retyped.find("\"round\":0"), 9, "\"round\":[]");
    const Outcome outcome = read(snapshot(0) + other + retyped);
    CHECK(outcome.seqs == Seqs{0});
    REQUIRE(outcome.problems.size() == 2);
    CHECK(has(outcome.problems[0], 2, "has schema 7 (this ltfb-log reads schema 1)"));
    CHECK(has(outcome.problems[1], 3, "has schema 7"));
}

TEST_CASE("corrupt lines are told one by one") {
    struct Case {
        std::string text;
        std::string why;
    };
    const std::string good = snapshot(1);
    std::string retyped = good;
    retyped.replace(retyped.find("\"round\":0"), 9, "\"round\":\"x\"");
    std::string unknown = good;
    unknown.replace(unknown.find("\"snapshot\""), 10, "\"celebration\"");
    std::string huge = good;
    huge.replace(huge.find("\"seq\":1"), 7, "\"seq\":9223372036854775807");
    const std::vector<Case> cases{
        {"\n", "is empty"},
        {"garbage\n", "is no JSON object"},
        {"[1,2]\n", "is no JSON object"},
        {"\xff\xfe{}\n", "is no JSON object"},
        {good.substr(0, good.size() - 8) + "\n", "JSON"},
        {good.substr(0, good.size() - 1) + "}}\n", "text behind"},
        {good.substr(0, good.size() - 2) + R"(,"seq":1})"
                                           "\n",
         "\"seq\" twice"},
        {"{}\n", "names no schema"},
        {R"({"schema":1,"seq":1})"
         "\n",
         "lacks the key \"run_id\""},
        {retyped, "bad value of \"round\""},
        {unknown, "unknown kind \"celebration\""},
        {huge, "seq 9223372036854775807, outside"},
        {std::string(5000, '[') + "\n", "is no JSON object"},
    };
    for (const auto& [text, why] : cases) {
        CAPTURE(text);
        const Outcome outcome = read(snapshot(0) + text + good);
        CHECK(outcome.seqs == Seqs{0, 1});
        REQUIRE(outcome.problems.size() == 1);
        CHECK(has(outcome.problems[0], 2, why));
    }
}

TEST_CASE("lines longer than a block of the reader") {
    const std::string path(3U << 20U, 'x');
    const std::string longer =
        line(1, "snapshot", 0, -1, -1, R"("path":")" + path + R"(","snapshot_s":1)") + "\n";
    const Outcome outcome = read(snapshot(0) + longer + snapshot(2));
    CHECK(outcome.seqs == Seqs{0, 1, 2});
    CHECK(outcome.problems.empty());
}

TEST_CASE("what cannot be opened") {
    CHECK_THROWS_WITH_AS(EventReader("/nonexistent/log"),
                         doctest::Contains("/nonexistent/log: cannot be opened"),
                         ltfb::InputError);
    const ScratchFolder folder;
    CHECK_THROWS_WITH_AS(
        EventReader(folder.path()), doctest::Contains("is not a file"), ltfb::InputError);
}
