#include "orchestrator/event_log.hpp"

#include <cstdio>
#include <filesystem>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace ltfb;
using namespace ltfb::orchestrator;

namespace {

RoundReport report(int trainer, int round, bool is_last = false) {
    return {.trainer = trainer,
            .round = round,
            .is_last = is_last,
            .stop_reason = is_last ? "rounds" : "",
            .events = {Json{{"round", round}, {"trainer", trainer}}}};
}

}  // namespace

TEST_CASE("a round is released once all have reported it, ordered by trainer") {
    RoundCollector collector(3);
    collector.take(report(2, 0));
    collector.take(report(2, 1));  // far ahead of the others
    collector.take(report(0, 0));
    CHECK(collector.release().empty());
    collector.take(report(1, 0));
    const auto events = collector.release();
    REQUIRE(events.size() == 3);
    for (int trainer = 0; trainer < 3; ++trainer) {
        CHECK(events[static_cast<std::size_t>(trainer)].at("trainer") == trainer);
        CHECK(events[static_cast<std::size_t>(trainer)].at("round") == 0);
    }
    CHECK(collector.release().empty());
    CHECK(collector.next_round() == 1);
}

TEST_CASE("later rounds do not wait for a trainer that has stopped") {
    RoundCollector collector(2);
    collector.take(report(0, 0, true));
    collector.take(report(1, 0));
    CHECK(collector.release().size() == 2);
    CHECK_FALSE(collector.is_finished());
    collector.take(report(1, 1, true));
    CHECK_FALSE(collector.is_finished());
    CHECK(collector.release().size() == 1);
    CHECK(collector.is_finished());
    CHECK(collector.release().empty());
}

TEST_CASE("a report survives its way as text") {
    const RoundReport sent = report(4, 7, true);
    const RoundReport received = RoundReport::from_json(sent.to_json());
    CHECK(received.trainer == 4);
    CHECK(received.round == 7);
    CHECK(received.is_last);
    CHECK(received.stop_reason == "rounds");
    CHECK(received.events == sent.events);
}

TEST_CASE("events carry the common fields and are numbered without gaps") {
    const std::string path = std::filesystem::temp_directory_path() / "ltfb_event_log_test.jsonl";
    std::remove(path.c_str());
    const EventMaker maker("0123456789abcdef", EventMaker::Clock::now());
    {
        EventFile file(path);
        for (int i = 0; i < 2; ++i) {
            std::vector<Json> events{maker.make("eval", {.round = i, .trainer = 1, .lineage = 0}),
                                     maker.make("run_end", {})};
            file.append(events);
        }
    }
    const std::string text = read_text(path);
    std::size_t begin = 0;
    int lines = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        const Json event = Json::parse(text.substr(begin, end - begin));
        CHECK(event.at("seq") == lines++);
        CHECK(event.at("schema") == 1);
        CHECK(event.at("run_id") == "0123456789abcdef");
        CHECK(event.at("t").get<std::string>().size() == 24);
        CHECK(event.at("t").get<std::string>().back() == 'Z');
    }
    CHECK(lines == 4);
    std::remove(path.c_str());
}

TEST_CASE("numbers that JSON has no word for keep their value") {
    for (const double value : {1.5, std::numeric_limits<double>::infinity()}) {
        CHECK(from_json_number(to_json_number(value)) == value);
        CHECK(from_json_number(to_json_number(-value)) == -value);
    }
    CHECK(to_json_number(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("a log goes on behind its last whole line, and a torn one is cut off") {
    const ScratchFolder folder;
    const std::string path = folder.path() + "/events.jsonl";
    CHECK(mend_log(path) == LogPosition{});
    const auto mended = [&](const std::string& text) {
        write_atomically(path, text);
        const LogPosition position = mend_log(path);
        CHECK(std::filesystem::file_size(path) == position.bytes);
        return position;
    };
    CHECK(mended("") == LogPosition{});
    CHECK(mended("{\"seq\": 0") == LogPosition{});
    CHECK(mended("{\"seq\":0}\n") == LogPosition{.seq = 1, .bytes = 10});
    CHECK(mended("{\"seq\":0}\n{\"seq\":1}\n{\"se") == LogPosition{.seq = 2, .bytes = 20});
    const std::string longer = "{\"seq\":7,\"x\":\"" + std::string(200000, 'x') + "\"}\n";
    CHECK(mended("{\"seq\":6}\n" + longer + "torn").seq == 8);
    CHECK_THROWS_AS(mended("{\"seq\":0}\nno event\n"), InputError);
}

TEST_CASE("what a full disk doesn't take is kept, and missed only at the end") {
    EventFile file("/dev/full");
    std::vector<Json> events{Json{{"event", "eval"}}};
    CHECK_NOTHROW(file.append(events));
    CHECK(file.position().seq == 1);
    CHECK(file.position().bytes > 0);
    CHECK_THROWS_AS(file.finish(), Error);
}
