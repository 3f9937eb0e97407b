#include <string>

#include <doctest/doctest.h>

#include "orchestrator/server/server_served_run.hpp"
#include "run_fixture.hpp"

using namespace ltfb;
using namespace ltfb::server;

namespace {

/// A run in a temporary folder and what is served of it.
struct Served {
    explicit Served(bool is_live = false)
        : path(make_run(folder, "a")), run("a", path + "/events.jsonl", is_live) {}

    void write(const std::string& text) {
        append(path, text);
        while (run.poll()) {}
    }
    [[nodiscard]] Json status() { return Json::parse(*run.status()); }
    [[nodiscard]] Json standings() { return Json::parse(*run.standings()).at("standings"); }
    [[nodiscard]] Json summary() { return Json::parse(*run.summary()); }

    ScratchFolder folder;
    std::string path;
    ServedRun run;
};

}  // namespace

TEST_CASE("a run is waited for, open, and ended; or running where it's our own") {
    for (const bool is_live : {false, true}) {
        Served served(is_live);
        while (served.run.poll()) {}
        CHECK(served.status().at("state") == "waiting");
        CHECK(served.status().at("round") == -1);
        CHECK(served.status().at("best_score") == nullptr);
        served.write(two_trainers(0));
        CHECK(served.status().at("state") == (is_live ? "running" : "open"));
        served.write(event(6, "run_end", -1, -1, -1) + R"("reason":"rounds"})" + "\n");
        CHECK(served.status().at("state") == "ended");
        CHECK(served.status().at("reason") == "rounds");
    }
}

TEST_CASE("standings are of the models held after the last round") {
    Served served;
    served.write(two_trainers(1));
    const Json standings = served.standings();
    REQUIRE(standings.size() == 2);
    // Both hold trainer 1's model: equal scores stay in the order of trainers.
    CHECK(standings[0].at("trainer") == 0);
    CHECK(standings[0].at("score") == 0.25);
    CHECK(standings[0].at("lineage") == 1);
    CHECK(standings[0].at("adoptions") == 2);
    CHECK(standings[0].at("hyperparameters") == Json{{"lr", 0.002}});
    CHECK(standings[1].at("adoptions") == 0);
    const Json summary = served.summary();
    CHECK(summary.at("summary").at("verdicts") == 4);
    CHECK(summary.at("summary").at("adoptions") == 2);
    CHECK(summary.at("summary").at("ranks") == 4);
    CHECK(summary.at("summary").at("rounds") == 2);
    CHECK(summary.at("result").at("founders_left") == 1);
    CHECK(served.status().at("samples_trained") == 400);
    CHECK(served.status().at("samples_per_s") == 100.0);
    CHECK(served.status().at("last_matches").size() == 2);
}

TEST_CASE("explored hyperparameters, lost trainers and scores that are not finite show") {
    Served served;
    served.write(two_trainers(0));
    served.write(event(6, "explore", 0, 0, 1) +
                 R"("key":"lr","old":0.002,"new":0.003,"live":0.003})" + "\n");
    CHECK(served.standings()[0].at("hyperparameters").at("lr") == 0.003);
    served.write(event(7, "eval", 1, 1, 1) + R"("split":"tournament","mse":"nan"})" + "\n");
    served.write(event(8, "failure", 1, 0, -1) + R"("what":"lost","message":"gone"})" + "\n");
    CHECK(served.status().at("non_finite") == 1);
    CHECK(served.status().at("trainers_lost") == Json{0});
    CHECK(served.status().at("last_failure").at("message") == "gone");
    CHECK(served.status().at("best_score") == "nan");
    CHECK(served.standings().size() == 1);
}

TEST_CASE("a number that is not finite ranks last, whatever the metric") {
    Served served;
    served.write(start_line(0, 3, 1) + eval_line(1, 0, 1, 1, 0.3) + eval_line(2, 0, 2, 2, 0.2));
    served.write(event(3, "eval", 0, 3, 3) + R"("split":"tournament","mse":"-inf"})" + "\n");
    const Json standings = served.standings();
    REQUIRE(standings.size() == 3);
    CHECK(standings[0].at("trainer") == 2);
    CHECK(standings[2].at("score") == "-inf");
}

TEST_CASE("what a resumed run plays again counts once") {
    Served once;
    once.write(two_trainers(1));
    Served served;
    served.write(two_trainers(2));
    served.write(event(16, "run_end", -1, -1, -1) + R"("reason":"signal"})" + "\n");
    CHECK(served.status().at("state") == "ended");
    served.write(event(17, "resume", -1, -1, -1) + R"("from_round":1,"superseded_from_seq":11})" +
                 "\n");
    CHECK(served.status().at("state") == "open");
    CHECK(served.status().at("round") == 1);
    CHECK(served.standings() == once.standings());
    served.write(event(18, "resume", -1, -1, -1) +
                 R"("from_round":0,"changes":["rounds: 5 -> 9"]})" + "\n");
    CHECK(served.status().at("rounds") == 9);
    served.write(eval_line(19, 1, 0, 1, 0.5) + match_line(20, 1, 0, 1, 0.5, 0.25) +
                 adopt_line(21, 1, 0, 1) + eval_line(22, 1, 1, 1, 0.25) +
                 match_line(23, 1, 1, 0, 0.25, 0.5));
    CHECK(served.standings() == once.standings());
    CHECK(served.summary().at("summary").at("verdicts") == 4);
    CHECK(served.status().at("samples_trained") == 400);
}

TEST_CASE("final standings and test metrics are those of run_end") {
    Served served;
    served.write(two_trainers(0));
    served.write(event(6, "run_end", -1, -1, -1) +
                 R"("reason":"rounds","test":{"mse":0.1,"r2":"nan","samples":7},"standings":[)"
                 R"({"trainer":1,"score":0.4,"lineage":1,"hyperparameters":{"lr":0.5}},)"
                 R"({"trainer":0,"score":0.5,"lineage":1,"hyperparameters":{}}]})"
                 "\n");
    const Json standings = served.standings();
    REQUIRE(standings.size() == 2);
    CHECK(standings[0].at("trainer") == 1);
    CHECK(standings[0].at("hyperparameters").at("lr") == 0.5);
    const Json result = served.summary().at("result");
    CHECK(result.at("test_mse") == 0.1);
    CHECK(result.at("test_r2") == "nan");
    CHECK(result.at("test_mae") == nullptr);
    CHECK(result.at("test_samples") == 7);
    CHECK(served.status().at("best_score") == 0.4);
}

TEST_CASE("lines that are no events are counted, and never taken") {
    Served served;
    std::string deep(100, '[');
    served.write("not json\n" + deep + std::string(100, ']') + "\n[1]\n\n{\"a\":\r1}\n");
    CHECK(served.status().at("log").at("unreadable") == 5);
    served.write("{\"schema\":2,\"event\":\"eval\"}\n{\"schema\":1,\"event\":\"news\"}\n{}\n");
    CHECK(served.status().at("log").at("unknown") == 3);
    CHECK(served.status().at("state") == "waiting");
    // Fields of the wrong kind, numbers out of range.
    served.write(
        R"({"schema":1,"event":"run_start","run_id":7,"trainers":-3,"settings":[]})"
        "\n"
        R"({"schema":1,"event":"eval","split":"tournament","round":1e300,"trainer":{}})"
        "\n"
        R"({"schema":1,"event":"eval","split":"tournament","round":99999999999999999999,"trainer":1})"
        "\n"
        R"({"schema":1,"event":"eval","split":"tournament","round":0,"trainer":2000000000})"
        "\n"
        R"({"schema":1,"event":"adopt","round":0,"trainer":0,"hyperparameters":"x"})"
        "\n"
        R"({"schema":1,"event":"run_end","standings":[1,{"trainer":"x"}],"test":3})"
        "\n");
    CHECK(served.status().at("trainers") == 0);
    CHECK(served.standings().size() == 2);
    CHECK(served.summary().at("result").at("test_mse") == nullptr);
}

TEST_CASE("events are the log's own lines, in pages") {
    Served served;
    served.write(two_trainers(0) + "not json\n");
    const Json page = Json::parse(*served.run.events(1, 2));
    CHECK(page.at("run") == "a");
    CHECK(page.at("from") == 1);
    CHECK(page.at("next") == 3);
    CHECK(page.at("end") == 7);
    REQUIRE(page.at("events").size() == 2);
    CHECK(page.at("events")[0].at("seq") == 1);
    const Json rest = Json::parse(*served.run.events(5, ~std::uint64_t{0}));
    REQUIRE(rest.at("events").size() == 2);
    CHECK(rest.at("events")[1] == nullptr);
    CHECK(Json::parse(*served.run.events(8, 10)).at("events").empty());
}

TEST_CASE("a stream's messages carry line numbers, and are made once for all readers") {
    Served served;
    served.write("not json\n" + start_line(1, 2, 5));
    const auto chunk = served.run.stream_chunk(0);
    CHECK(chunk.next == 2);
    CHECK(chunk.text->starts_with("id: 1\ndata: {\"schema\":1,"));
    CHECK(chunk.text->ends_with("}\n\n"));
    CHECK(served.run.stream_chunk(0).text == chunk.text);
    CHECK(served.run.stream_chunk(2).text->empty());
    served.write(eval_line(2, 0, 0, 0, 1.0));
    CHECK(served.run.stream_chunk(2).next == 3);
}

TEST_CASE("answers are made once until there is news") {
    Served served;
    served.write(two_trainers(0));
    const auto standings = served.run.standings();
    served.run.poll();
    CHECK(served.run.standings() == standings);
    served.write(eval_line(6, 1, 0, 0, 0.1));
    CHECK(served.run.standings() != standings);
}

TEST_CASE("a log made anew starts anew") {
    Served served;
    served.write(two_trainers(1));
    std::filesystem::remove(served.path + "/events.jsonl");
    served.write(two_trainers(0));
    CHECK(served.status().at("round") == 0);
    CHECK(served.run.log().generation() == 1);
}
