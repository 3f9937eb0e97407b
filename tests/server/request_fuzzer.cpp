#include "request_fuzzer.hpp"

#include <cstdint>
#include <cstdlib>

#include <boost/asio/buffer.hpp>
#include <fmt/core.h>

#include "orchestrator/server/server_http.hpp"
#include "orchestrator/server/server_routes.hpp"
#include "run_fixture.hpp"

namespace ltfb::server {

namespace {

constexpr int max_requests = 20;

void expect(bool holds, const char* what) {
    if (holds) { return; }
    fmt::print(stderr, "broken: {}\n", what);
    std::abort();
}

/// What is asked: a run with a few rounds and a line that is no JSON.
struct Site {
    Site() {
        append(make_run(folder, "a"), two_trainers(3) + "not json\n");
        runs.emplace(std::vector{folder.path()}, false);
        while (runs->poll()) {}
    }

    ScratchFolder folder;
    Access access{{"127.0.0.1", 8642}, "0123456789abcdef0123456789abcdef"};
    int asked = 0;
    Control control{.snapshot = [this] { ++asked; }, .stop = [this] { ++asked; }};
    ServerCounters counters;
    std::optional<RunList> runs;
};

void check(const Response& response) {
    const std::string head = head_text(response, !response.closes);
    expect(head.find("\r\n\r\n") == head.size() - 4, "the head ends where its empty line is");
    expect(head.starts_with("HTTP/1.1 "), "status line");
    if (response.stream) {
        const auto line = response.stream->line;
        const auto chunk = response.stream->run->stream_chunk(line);
        expect(chunk.next >= line, "a stream goes on");
        return;
    }
    if (response.content_type == "application/json") {
        expect(Json::accept(*response.body), "the body is JSON");
    }
}

/// Parses one request from the front of `bytes`; false where the connection would be closed.
bool handle_one(std::span<const char>& bytes, Site& site) {
    RequestParser parser;
    set_limits(parser);
    while (!parser.is_done()) {
        const bool had_head = parser.is_header_done();
        boost::system::error_code error;
        const auto used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
        bytes = bytes.subspan(used);
        if (!had_head && parser.is_header_done()) {
            if (const auto refusal = refuse_head(parser)) {
                check(*refusal);
                return false;
            }
        }
        if (error == boost::beast::http::error::need_more) { return false; }
        if (error) {
            if (const auto refusal = refuse_malformed(error)) { check(*refusal); }
            return false;
        }
        if (used == 0 && !parser.is_done()) { return false; }
    }
    const auto request = to_request(parser.get());
    const auto response = std::holds_alternative<Request>(request)
                              ? respond(std::get<Request>(request),
                                        {.access = site.access,
                                         .runs = *site.runs,
                                         .counters = site.counters,
                                         .page = std::make_shared<const std::string>(),
                                         .control = &site.control})
                              : std::get<Response>(request);
    check(response);
    return parser.keep_alive() && !response.closes;
}

}  // namespace

void handle_requests(std::span<const char> bytes) {
    static Site site;
    for (int i = 0; i < max_requests && !bytes.empty(); ++i) {
        if (!handle_one(bytes, site)) { return; }
    }
}

}  // namespace ltfb::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ltfb::server::handle_requests({reinterpret_cast<const char*>(data), size});
    return 0;
}
