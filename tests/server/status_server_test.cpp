#include "orchestrator/server/status_server.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "run_fixture.hpp"
#include "test_client.hpp"

using namespace ltfb;
using namespace ltfb::server;
using std::chrono::milliseconds;

namespace {

/// A server of one run with a round, on a free port, that looks at the log all the time.
struct Site {
    explicit Site(ServerLimits limits = {}) : path(make_run(folder, "a")) {
        append(path, two_trainers(0));
        limits.poll = milliseconds(5);
        server = std::make_unique<StatusServer>(ServerSettings{
            .address = {"127.0.0.1", 0},
            .paths = {path},
            .page = "<html>page",
            .report = [](const std::string& log) { return "{\"log\":\"" + log + "\"}"; },
            .control = Control{.snapshot = [this] { ++snapshots; }, .stop = [this] { ++stops; }},
            .limits = limits});
    }

    [[nodiscard]] std::uint16_t port() const { return server->address().port; }
    std::string ask(const std::string& line, const std::string& headers = "") const {
        TestClient client(port());
        CHECK(client.ask(line, headers));
        return client.read_answer();
    }

    ScratchFolder folder;
    std::string path;
    std::atomic<int> snapshots = 0;
    std::atomic<int> stops = 0;
    std::unique_ptr<StatusServer> server;
};

bool has_status(const std::string& answer, int status) {
    return answer.starts_with(fmt::format("HTTP/1.1 {} ", status));
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("one connection carries one request after the other, or all at once") {
    const Site site;
    TestClient client(site.port());
    CHECK(client.ask("GET /health"));
    CHECK(client.read_answer().ends_with("\r\n\r\nok\n"));
    CHECK(client.ask("HEAD /"));
    const auto head = client.read_until("\r\n\r\n");
    CHECK(contains(head, "\r\nContent-Length: 10\r\n"));
    CHECK(client.ask("GET /api/status"));
    CHECK(contains(client.read_answer(), "\"state\":\"running\""));

    const std::string get = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string post =
        "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nX-Token: " + site.server->token() +
        "\r\nContent-Length: 5\r\n\r\nGET /";
    CHECK(client.send(get + post + get + "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    CHECK(has_status(client.read_answer(), 200));
    CHECK(has_status(client.read_answer(), 405));
    CHECK(has_status(client.read_answer(), 200));
    CHECK(client.read_all().ends_with("\r\n\r\n<html>page"));
}

TEST_CASE("the report is made behind the server's back") {
    const Site site;
    std::string answer;
    do { answer = site.ask("GET /api/report"); } while (has_status(answer, 202));
    CHECK(has_status(answer, 200));
    CHECK(contains(answer, "\r\nX-Log-Events: 6\r\n"));
    CHECK(contains(answer, "/a/events.jsonl\"}"));
}

TEST_CASE("requests that are wrong are answered, and the connection closed") {
    const Site site;
    const auto answer_to = [&](const std::string& text) {
        TestClient client(site.port());
        client.send(text);
        return client.read_all();
    };
    CHECK(has_status(answer_to("nonsense\r\n\r\n"), 400));
    CHECK(has_status(answer_to("GET /health HTTP/1.1\r\n\r\n"), 400));
    CHECK(has_status(answer_to("GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400));
    CHECK(has_status(answer_to(std::string("GET /").append(20'000, 'x')), 431));
    CHECK(has_status(answer_to(std::string("GET / HTTP/1.1\r\nX: ").append(200'000, 'x')), 431));
    const std::string post = "POST /api/stop HTTP/1.1\r\nHost: localhost\r\n";
    CHECK(has_status(answer_to(post + "Content-Length: 70000\r\n\r\n" + std::string(70'000, 'x')),
                     413));
    CHECK(has_status(
        answer_to(post + "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + std::string(0x20000, 'x')),
        413));
    CHECK(has_status(answer_to(post + "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n"), 417));
    CHECK(has_status(site.ask("GET /health"), 200));
}

TEST_CASE("the token is asked for where it's needed") {
    Site site;
    CHECK(has_status(site.ask("POST /api/stop"), 401));
    CHECK(has_status(site.ask("POST /api/stop", "Authorization: Bearer x\r\n"), 401));
    CHECK(site.stops == 0);
    CHECK(has_status(
        site.ask("POST /api/stop", "authorization: bearer " + site.server->token() + "\r\n"), 202));
    CHECK(site.stops == 1);
    CHECK(has_status(site.ask("POST /api/snapshot", "X-Token: " + site.server->token() + "\r\n"),
                     202));
    CHECK(site.snapshots == 1);
    CHECK(contains(site.server->announcement(), site.server->token()));
}

TEST_CASE("a stream gives what is there, then what comes, and resumes where it broke off") {
    const Site site;
    TestClient client(site.port());
    CHECK(client.ask("GET /api/stream?from=4"));
    const auto head = client.read_until("\r\n\r\n");
    CHECK(contains(head, "Content-Type: text/event-stream\r\n"));
    CHECK(client.read_until("\n\n").starts_with("id: 4\ndata: {"));
    CHECK(client.read_until("\n\n").starts_with("id: 5\n"));
    append(site.path, eval_line(6, 1, 0, 1, 0.4).substr(0, 20));
    append(site.path, eval_line(6, 1, 0, 1, 0.4).substr(20));
    CHECK(client.read_until("\n\n").starts_with("id: 6\n"));

    TestClient again(site.port());
    CHECK(again.ask("GET /api/stream?from=0", "Last-Event-ID: 5\r\n"));
    again.read_until("\r\n\r\n");
    CHECK(again.read_until("\n\n").starts_with("id: 6\n"));
}

TEST_CASE("a stream says when its log was replaced, or ends before where the client is") {
    const Site site;
    TestClient client(site.port());
    TestClient ahead(site.port());
    CHECK(client.ask("GET /api/stream?from=5"));
    CHECK(ahead.ask("GET /api/stream", "Last-Event-ID: 1000\r\n"));
    ahead.read_until("\r\n\r\n");
    CHECK(ahead.read_until("\n\n").starts_with("event: reset\n"));
    CHECK(ahead.read_until("\n\n").starts_with("id: 0\n"));
    client.read_until("\r\n\r\n");
    CHECK(client.read_until("\n\n").starts_with("id: 5\n"));
    std::filesystem::remove(site.path + "/events.jsonl");
    append(site.path, start_line(0, 3, 9));
    CHECK(client.read_until("\n\n").starts_with("event: reset\n"));
    CHECK(contains(client.read_until("\n\n"), "\"trainers\":3"));
}

TEST_CASE("a silent stream beats") {
    const Site site({.beat = milliseconds(10)});
    TestClient client(site.port());
    CHECK(client.ask("GET /api/stream"));
    client.read_until("\r\n\r\n");
    CHECK(client.read_until("\n\n").starts_with(": "));
}

TEST_CASE("whoever doesn't finish its request is dropped") {
    const Site site({.request = milliseconds(50)});
    TestClient silent(site.port());
    TestClient slow(site.port());
    slow.send("GET /health HTTP/1.1\r\nHost: loc");
    TestClient body(site.port());
    body.ask("POST /api/stop", "Content-Length: 5\r\n");
    CHECK(silent.read_all().empty());
    CHECK(slow.read_all().empty());
    CHECK(body.read_all().empty());
}

TEST_CASE("whoever doesn't take its stream is dropped") {
    const Site site({.write = milliseconds(50)});
    std::string text;
    for (int i = 6; i < 40'000; ++i) { text += eval_line(i, i, 0, 0, 0.5); }
    append(site.path, text);
    TestClient client(site.port());
    CHECK(client.ask("GET /api/stream?from=0"));
    while (!contains(site.ask("GET /metrics"), "ltfb_server_dropped_total 1\n")) {}
    CHECK(has_status(site.ask("GET /health"), 200));
}

TEST_CASE("connections beyond the limit are refused until others leave") {
    const Site site({.connections = 2});
    auto first = std::make_unique<TestClient>(site.port());
    const auto second = std::make_unique<TestClient>(site.port());
    CHECK(first->ask("GET /health"));
    CHECK(has_status(first->read_answer(), 200));
    CHECK(second->ask("GET /api/stream"));
    CHECK(has_status(second->read_until("\r\n\r\n"), 200));
    CHECK(has_status(site.ask("GET /health"), 503));
    first.reset();
    while (has_status(site.ask("GET /health"), 503)) {}
}

TEST_CASE("a server that ends sends what is left and closes every connection") {
    auto site = std::make_unique<Site>();
    TestClient stream(site->port());
    TestClient idle(site->port());
    TestClient half(site->port());
    CHECK(stream.ask("GET /api/stream?from=5"));
    CHECK(half.send("GET /hea"));
    CHECK(idle.ask("GET /health"));
    CHECK(has_status(idle.read_answer(), 200));
    stream.read_until("id: 5\n");
    append(site->path,
           event(6, "run_end", -1, -1, -1) + R"("reason":"rounds"})"
                                             "\n");
    site->server.reset();
    CHECK(contains(stream.read_all(), "\"run_end\""));
    CHECK(idle.read_all().empty());
    CHECK(half.read_all().empty());
}

TEST_CASE("a port that is taken is said to be") {
    const Site site;
    ServerSettings settings{.address = site.server->address(), .paths = {site.path}};
    CHECK_THROWS_WITH_AS(StatusServer{settings},
                         doctest::Contains("Address already in use (choose another ADDRESS:PORT"),
                         InputError);
    settings.address.host = "192.0.2.1";
    CHECK_THROWS_AS(StatusServer{settings}, InputError);
    settings.address = {"127.0.0.1", 0};
    settings.paths = {"/nothing/there"};
    CHECK_THROWS_AS(StatusServer{settings}, InputError);
}
