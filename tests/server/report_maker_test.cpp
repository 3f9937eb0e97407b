#include <future>
#include <stdexcept>

#include <doctest/doctest.h>

#include "orchestrator/server/server_report_maker.hpp"

using namespace ltfb::server;

namespace {

/// The first report that is there and of this many lines.
ReportMaker::Report await(ReportMaker& maker, const ReportMaker::Source& source) {
    for (;;) {
        const auto report = maker.find(source);
        if (report && report->source == source) { return *report; }
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("a report is made when it's asked for, once, and again when the log has grown") {
    int made = 0;
    ReportMaker maker([&](const std::string& path) { return path + std::to_string(++made); }, 0);
    CHECK_FALSE(maker.find({.path = "a", .lines = 1}));
    const auto first = await(maker, {.path = "a", .lines = 1});
    CHECK(await(maker, {.path = "a", .lines = 1}).text == first.text);
    CHECK(await(maker, {.path = "b", .lines = 1}).text->starts_with("b"));
    const auto stale = maker.find({.path = "a", .lines = 2});
    REQUIRE(stale);
    CHECK(stale->source.lines == 1);
    CHECK(await(maker, {.path = "a", .lines = 2}).text != first.text);
    CHECK_FALSE(maker.find({.path = "a", .generation = 1, .lines = 2}));
}

TEST_CASE("what goes wrong is told, and the next report is made") {
    ReportMaker maker(
        [](const std::string& path) -> std::string {
            if (path == "bad") { throw std::runtime_error("no log"); }
            return "{}";
        },
        0);
    const auto bad = await(maker, {.path = "bad"});
    CHECK_FALSE(bad.is_good);
    CHECK(*bad.text == "no log");
    CHECK(await(maker, {.path = "good"}).is_good);
}

TEST_CASE("asking never waits, ending waits for what has begun") {
    std::promise<void> may_end;
    std::promise<void> has_begun;
    bool is_done = false;
    {
        ReportMaker maker(
            [&](const std::string&) {
                has_begun.set_value();
                may_end.get_future().wait();
                is_done = true;
                return std::string("{}");
            },
            0);
        CHECK_FALSE(maker.find({.path = "a"}));
        has_begun.get_future().wait();
        CHECK_FALSE(maker.find({.path = "a"}));
        may_end.set_value();
    }
    CHECK(is_done);
}
