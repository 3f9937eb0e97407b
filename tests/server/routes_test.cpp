#include <algorithm>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "orchestrator/server/server_routes.hpp"
#include "run_fixture.hpp"

using namespace ltfb;
using namespace ltfb::server;

namespace {

const std::string token = "0123456789abcdef0123456789abcdef";

/// A folder with the runs a (of two rounds) and b/c (of none), ready to be asked.
struct Site {
    explicit Site(const Control* site_control = nullptr) : control(site_control) {
        append(make_run(folder, "a"), two_trainers(1));
        append(make_run(folder, "b/c"), start_line(0, 1, 1));
        std::filesystem::create_directory(folder.path() + "/empty");
        list.emplace(std::vector{folder.path()}, false);
        while (list->poll()) {}
    }

    Response ask(const std::string& target, const std::string& method = "GET") {
        Request request{.method = method, .host = "localhost", .token = token};
        REQUIRE(parse_target(target, request));
        return respond(request,
                       {.access = access,
                        .runs = *list,
                        .counters = counters,
                        .page = std::make_shared<const std::string>("<html>"),
                        .reports = reports,
                        .control = control});
    }
    Json json(const std::string& target) {
        const auto response = ask(target);
        CHECK(response.status == 200);
        CHECK(response.content_type == "application/json");
        return Json::parse(*response.body);
    }

    const Control* control;
    ReportMaker* reports = nullptr;
    ScratchFolder folder;
    Access access{{"127.0.0.1", 8642}, token};
    ServerCounters counters;
    std::optional<RunList> list;
};

}  // namespace

TEST_CASE("runs of a folder are found, also a level down and later") {
    Site site;
    const Json runs = site.json("/api/runs").at("runs");
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].at("run") == "a");
    CHECK(runs[0].at("round") == 1);
    CHECK(runs[1].at("run") == "b/c");
    append(make_run(site.folder, "later"), start_line(0, 1, 1));
    site.list->scan();
    site.list->scan();
    CHECK(site.json("/api/runs").at("runs").size() == 3);
    CHECK_THROWS_AS(RunList({site.folder.path() + "/nothing"}, false), InputError);
}

TEST_CASE("runs are told apart by their names, equal ones by a number") {
    Site site;
    const std::string a = site.folder.path() + "/a";
    const RunList list({a, site.folder.path() + "/b/c", a + "/events.jsonl", a + "/../a"}, false);
    CHECK(list.runs().size() == 3);
    CHECK(list.find("a") != nullptr);
    CHECK(list.find("a-2") != nullptr);
    CHECK(list.find("c") != nullptr);
    CHECK(list.find("") == list.find("a"));
    CHECK(list.find("b") == nullptr);
}

TEST_CASE("each answer is about the run that is asked for") {
    Site site;
    CHECK(site.json("/api/status").at("run") == "a");
    CHECK(site.json("/api/status?run=b%2Fc").at("run") == "b/c");
    CHECK(site.json("/api/summary?run=a").at("settings").at("rounds") == 5);
    CHECK(site.json("/api/standings?run=a").at("standings").size() == 2);
    const Json page = site.json("/api/events?run=a&from=9&limit=1");
    CHECK(page.at("events").size() == 1);
    CHECK(page.at("events")[0].at("seq") == 9);
    CHECK(site.json("/api/events?from=99999999").at("events").empty());
    CHECK(site.ask("/api/status?run=nothing").status == 404);
}

TEST_CASE("a stream starts behind what the client has, or where it asks, or at the end") {
    Site site;
    const auto line = [&](const std::string& target, const std::string& last = "") {
        Request request{.method = "GET", .host = "localhost", .last_event_id = last};
        REQUIRE(parse_target(target, request));
        const auto response = respond(request,
                                      {.access = site.access,
                                       .runs = *site.list,
                                       .counters = site.counters,
                                       .page = nullptr});
        CHECK(response.status == (response.stream ? 200 : 400));
        return response.stream ? static_cast<int>(response.stream->line) : -1;
    };
    CHECK(line("/api/stream") == 11);
    CHECK(line("/api/stream?from=3") == 3);
    CHECK(line("/api/stream?from=3", "6") == 7);
    CHECK(line("/api/stream", "x") == -1);
    CHECK(line("/api/stream", "18446744073709551615") == -1);
    CHECK(line("/api/stream?from=-1") == -1);
}

TEST_CASE("methods and paths that aren't there are refused") {
    Site site;
    CHECK(site.ask("/").content_type == "text/html; charset=utf-8");
    CHECK(*site.ask("/health").body == "ok\n");
    CHECK(site.ask("/health", "HEAD").status == 200);
    CHECK(site.ask("/nothing").status == 404);
    CHECK(site.ask("/api/").status == 404);
    const auto wrong = site.ask("/api/runs", "POST");
    CHECK(wrong.status == 405);
    REQUIRE(wrong.headers.size() == 1);
    CHECK(wrong.headers[0] == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
    CHECK(site.ask("/api/stop").status == 405);
    CHECK(site.ask("/api/runs", "get").status == 405);
    CHECK(site.ask("/api/events?limit=x").status == 400);
    CHECK(site.ask("/api/events?from=99999999999999999999999").status == 400);
}

TEST_CASE("a report is told to be in the making until it's there") {
    Site site;
    CHECK(site.ask("/api/report").status == 404);
    ReportMaker reports([](const std::string& log) { return Json{{"log", log}}.dump(); }, 0);
    site.reports = &reports;
    CHECK(site.ask("/api/report").status == 202);
    Response response;
    do { response = site.ask("/api/report"); } while (response.status == 202);
    CHECK(response.status == 200);
    CHECK(Json::parse(*response.body).at("log") == site.folder.path() + "/a/events.jsonl");
    REQUIRE(response.headers.size() == 1);
    CHECK(response.headers[0].second == "11");
}

TEST_CASE("control reaches the run, where there's one to control") {
    Site reader;
    CHECK(reader.ask("/api/stop", "POST").status == 409);
    CHECK(reader.json("/api/runs").at("can_control") == false);
    int snapshots = 0;
    int stops = 0;
    const Control control{.snapshot = [&] { ++snapshots; }, .stop = [&] { ++stops; }};
    Site site(&control);
    CHECK(site.json("/api/runs").at("can_control") == true);
    CHECK(site.ask("/api/snapshot", "POST").status == 202);
    CHECK(snapshots == 1);
    CHECK(stops == 0);
    CHECK(site.ask("/api/stop", "POST").status == 202);
    CHECK(stops == 1);
}

TEST_CASE("metrics are lines of a name, labels and a number") {
    Site site;
    append(make_run(site.folder, "q\"\\"), start_line(0, 1, 1) + eval_line(1, 0, 0, 0, 1.0));
    append(make_run(site.folder, "q\"\\"),
           event(2, "eval", 1, 0, 0) + R"("split":"tournament","mse":"nan"})"
                                       "\n");
    site.list->scan();
    while (site.list->poll()) {}
    const std::string text = *site.ask("/metrics").body;
    const auto has = [&](const std::string& line) {
        return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
    };
    CHECK(has("# TYPE ltfb_round gauge"));
    CHECK(has("ltfb_round{run=\"a\"} 1"));
    CHECK(has("ltfb_best_score{run=\"a\"} 0.25"));
    CHECK(has("ltfb_tournaments_total{run=\"a\"} 4"));
    CHECK(has("ltfb_trainer_score{run=\"a\",trainer=\"1\"} 0.25"));
    CHECK(has("ltfb_best_score{run=\"q\\\"\\\\\"} NaN"));
    CHECK(has("ltfb_log_events_total{run=\"a\"} 11"));
    CHECK(has("ltfb_run_info{run=\"a\",run_id=\"0123456789abcdef\",state=\"open\"} 1"));
}

TEST_CASE("targets are decoded, or refused") {
    const auto parse = [](const std::string& target) {
        Request request;
        return parse_target(target, request) ? request.path + "|" + request.query["a"] : "no";
    };
    CHECK(parse("/x?a=1&b=2") == "/x|1");
    CHECK(parse("/x%20y?a=%41+b%2B") == "/x y|A b+");
    CHECK(parse("/x?a=1&a=2") == "/x|2");
    CHECK(parse("/x?a") == "/x|");
    CHECK(parse("/?&&=&a=b=c") == "/|b=c");
    CHECK(parse("/x?") == "/x|");
    for (const char* target :
         {"", "x", "*", "http://a/b", "/%", "/%4", "/%4g", "/%00", "/?a=%zz"}) {
        CHECK(parse(target) == "no");
    }
}

TEST_CASE("the head of an answer says all that a client needs") {
    auto response = error_response(404, "x");
    response.headers.emplace_back("Allow", "GET");
    const std::string head = head_text(response, true);
    CHECK(head.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"));
    CHECK(head.find("\r\nContent-Length: 14\r\n") != std::string::npos);
    CHECK(head.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
    CHECK(head.find("\r\nAllow: GET\r\n") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
    response.stream.emplace();
    CHECK(head_text(response, false).find("Content-Length") == std::string::npos);
}
