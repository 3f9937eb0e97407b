#include <doctest/doctest.h>

#include "orchestrator/server/server_access.hpp"

using namespace ltfb::server;

namespace {

const std::string token = "0123456789abcdef0123456789abcdef";

int status_of(const Access& access, const Request& request) {
    const auto refusal = access.refuse(request);
    return refusal ? refusal->status : 200;
}

Request get(const std::string& path, const std::string& host = "localhost:8642") {
    return {.method = "GET", .path = path, .host = host};
}

}  // namespace

TEST_CASE("tokens are drawn anew and compared whole") {
    const std::string drawn = draw_token();
    CHECK(drawn.size() == 32);
    CHECK(drawn.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(draw_token() != drawn);
    CHECK(is_same_secret(token, token));
    CHECK_FALSE(is_same_secret(token.substr(1), token));
    CHECK_FALSE(is_same_secret(token + "0", token));
    CHECK_FALSE(is_same_secret(token + token, token));
    CHECK_FALSE(is_same_secret("", token));
    CHECK_FALSE(is_same_secret("", ""));
}

TEST_CASE("on loopback everybody may read, under a name of this machine alone") {
    const Access access({"127.0.0.1", 8642}, token);
    for (const char* host :
         {"localhost", "localhost:1", "127.0.0.1:8642", "127.1.2.3", "[::1]:80"}) {
        CAPTURE(host);
        CHECK(status_of(access, get("/api/runs", host)) == 200);
    }
    for (const char* host : {"",
                             "evil.example",
                             "localhost.evil.example",
                             "10.0.0.1",
                             "127.0.0.1.evil",
                             "[::1",
                             "[",
                             ":"}) {
        CAPTURE(host);
        CHECK(status_of(access, get("/api/runs", host)) == 403);
    }
    CHECK(status_of(access, get("/health", "evil.example")) == 200);
    Request with_token = get("/api/runs", "node7:8642");
    with_token.token = token;
    CHECK(status_of(access, with_token) == 200);
}

TEST_CASE("beyond loopback nothing but /health is answered without the token") {
    const Access access({"0.0.0.0", 8642}, token);
    CHECK(status_of(access, get("/health")) == 200);
    for (const char* path : {"/", "/api/runs", "/metrics", "/nothing"}) {
        CHECK(status_of(access, get(path)) == 401);
        Request request = get(path);
        request.token = token;
        CHECK(status_of(access, request) == 200);
        request.token.back() = 'x';
        CHECK(status_of(access, request) == 401);
    }
}

TEST_CASE("a browser trades the token in the address for a cookie") {
    const Access access({"0.0.0.0", 8642}, token);
    Request request = get("/");
    request.query["token"] = token;
    const auto response = access.refuse(request);
    REQUIRE(response);
    CHECK(response->status == 303);
    REQUIRE(response->headers.size() == 2);
    CHECK(response->headers[1].first == "Set-Cookie");
    CHECK(response->headers[1].second.find("HttpOnly; SameSite=Strict") != std::string::npos);

    Request page = get("/api/runs");
    page.cookie = "other=1; ltfb_token_8642=" + token + "; more=2";
    CHECK(status_of(access, page) == 200);
    page.cookie = "ltfb_token_9999=" + token;
    CHECK(status_of(access, page) == 401);
    page.cookie = "ltfb_token_8642=" + token.substr(1);
    CHECK(status_of(access, page) == 401);
    request.query["token"] = "wrong";
    CHECK(status_of(access, request) == 401);
}

TEST_CASE("control needs the token in a header, everywhere") {
    for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
        const Access access({host, 8642}, token);
        Request request = get("/api/stop");
        request.method = "POST";
        CHECK(status_of(access, request) == 401);
        request.cookie = "ltfb_token_8642=" + token;
        CHECK(status_of(access, request) == 401);
        request.token = token;
        CHECK(status_of(access, request) == 200);
    }
}
