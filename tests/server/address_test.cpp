#include <doctest/doctest.h>

#include "core/error.hpp"
#include "orchestrator/server/server_address.hpp"

using namespace ltfb;
using namespace ltfb::server;
using Words = std::vector<std::string>;

TEST_CASE("what an address leaves out keeps its default") {
    const std::string host = "127.0.0.1";
    CHECK(parse_server_address("127.0.0.1:80") == ServerAddress{host, 80});
    CHECK(parse_server_address("9000") == ServerAddress{host, 9000});
    CHECK(parse_server_address(":0") == ServerAddress{host, 0});
    CHECK(parse_server_address("localhost") == ServerAddress{host, 8642});
    CHECK(parse_server_address("0.0.0.0") == ServerAddress{"0.0.0.0", 8642});
    CHECK(parse_server_address("::1") == ServerAddress{"::1", 8642});
    CHECK(parse_server_address("[::1]") == ServerAddress{"::1", 8642});
    CHECK(parse_server_address("[2001:DB8::1]:65535") == ServerAddress{"2001:db8::1", 65535});
}

TEST_CASE("an address that makes no sense is refused") {
    for (const char* text : {"",
                             ":",
                             "1.2.3",
                             "1.2.3.4:",
                             "1.2.3.4:x",
                             "1.2.3.4:65536",
                             "1.2.3.4:-1",
                             "1.2.3.4: 1",
                             "[::1",
                             "[::1]8",
                             "[]:8",
                             "::1:8x",
                             "example.org:80",
                             "99999",
                             "1.2.3.4:80:90"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_server_address(text), InputError);
    }
}

TEST_CASE("loopback is 127/8 and ::1 alone") {
    for (const char* text : {"127.0.0.1", "127.9.9.9", "::1"}) {
        CHECK(parse_server_address(text).is_loopback());
    }
    for (const char* text : {"0.0.0.0", "10.0.0.1", "::", "fe80::1", "::ffff:127.0.0.1"}) {
        CHECK_FALSE(parse_server_address(text).is_loopback());
    }
}

TEST_CASE("text and address are inverse") {
    for (const char* text : {"127.0.0.1:80", "[::1]:8642", "0.0.0.0:1"}) {
        CHECK(parse_server_address(text).to_text() == text);
    }
}

TEST_CASE("--serve takes the word behind it for its address") {
    CHECK(spell_out_serve({"--serve"}) == Words{"--serve=127.0.0.1:8642"});
    CHECK(spell_out_serve({"--serve", "--out", "RUN"}) ==
          Words{"--serve=127.0.0.1:8642", "--out", "RUN"});
    CHECK(spell_out_serve({"--out", "RUN", "--serve", ":0"}) ==
          Words{"--out", "RUN", "--serve=:0"});
    CHECK(spell_out_serve({"--serve=[::1]:5", "--serve-x"}) ==
          Words{"--serve=[::1]:5", "--serve-x"});
}
