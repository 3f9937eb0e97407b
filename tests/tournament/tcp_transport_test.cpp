#include "tournament/tcp_transport.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "tournament/tcp_frame.hpp"

using namespace ltfb;
using namespace ltfb::tournament;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

const std::string token = "0123456789abcdef0123456789abcdef";

/// Two seats of this process, which find each other by `ports`.
struct Pair {
    std::mutex mutex;  // of `ports`
    std::map<int, unsigned short> ports;
    std::map<int, std::unique_ptr<TcpTransport>> seats;
    Pair() {
        start(0);
        start(1);
    }
    void start(int trainer, const std::string& own_token = token) {
        seats.erase(trainer);
        seats[trainer] = std::make_unique<TcpTransport>(TcpSeat{
            .self = {trainer, 0}, .token = own_token, .find = [this](Address address) {
                const std::scoped_lock lock(mutex);
                const auto port = ports.find(address.trainer);
                return port == ports.end()
                           ? Places()
                           : Places{"127.0.0.1:1", fmt::format("127.0.0.1:{}", port->second)};
            }});
        const std::scoped_lock lock(mutex);
        ports[trainer] = seats[trainer]->port();
    }
    TcpTransport& operator[](int trainer) { return *seats.at(trainer); }
};

bool comes_true(const std::function<bool()>& condition, double limit_s = 20.0) {
    const auto start = std::chrono::steady_clock::now();
    while (!condition()) {
        const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
        if (waited.count() > limit_s) { return false; }
        std::this_thread::yield();
    }
    return true;
}

std::string await_text(TcpTransport& seat, int from, Channel channel) {
    std::string text;
    CHECK(comes_true([&] {
        text = seat.poll(from, channel).value_or("");
        return !text.empty();
    }));
    return text;
}

std::vector<std::byte> pattern(std::size_t size, int salt) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>((i * 31 + static_cast<std::size_t>(salt)) % 251);
    }
    return bytes;
}

/// A stranger, or a sender that says what it likes.
struct RawLine {
    asio::io_context context;
    tcp::socket socket{context};
    explicit RawLine(unsigned short port) {
        socket.connect({asio::ip::address_v4::loopback(), port});
    }
    template <class Bytes>
    void send(const Bytes& bytes) {
        boost::system::error_code ignored;
        asio::write(socket, asio::buffer(bytes), ignored);
    }
    void greet(const std::string& own_token, Address to = {0, 0}) {
        send(pack(Greeting{.token = own_token, .from = {5, 0}, .to = to}));
    }
    /// Whether the other side has answered a greeting.
    bool is_answered() {
        PackedNote note{};
        boost::system::error_code error;
        asio::read(socket, asio::buffer(note), error);
        return !error;
    }
    bool is_closed() {
        std::array<std::byte, 64> rest{};
        boost::system::error_code error;
        while (!error) { asio::read(socket, asio::buffer(rest), error); }
        return true;  // or the test's time runs out
    }
    void send_text(FrameHead head, const std::string& text) {
        head.bytes = static_cast<std::uint32_t>(text.size());
        head.digest = digest_of(std::string_view(text));
        send(pack(head));
        send(text);
    }
};

}  // namespace

TEST_CASE("messages arrive once, in order, and bulk waits for its place") {
    Pair pair;
    pair[0].enter_round(3);
    pair[1].enter_round(3);
    const auto sent = pattern(3 * frame_bytes + 17, 1);
    pair[0].post(1, Channel::card, "card");
    CHECK(pair[0].send({1, 0}, Bulk::weights, sent)->test());
    pair[0].post(1, Channel::verdict, std::string(2 * frame_bytes + 5, 'v'));
    CHECK(await_text(pair[1], 0, Channel::card) == "card");
    CHECK_FALSE(pair[1].poll(0, Channel::verdict));  // behind the weights
    std::vector<std::byte> received(sent.size());
    const auto transfer = pair[1].receive({0, 0}, Bulk::weights, received);
    CHECK(comes_true([&] { return transfer->test(); }));
    CHECK(received == sent);
    CHECK(await_text(pair[1], 0, Channel::verdict).size() == 2 * frame_bytes + 5);
    CHECK_FALSE(pair[1].poll(0, Channel::card));
}

TEST_CASE("a receiver that is started again is sent what its state doesn't cover") {
    Pair pair;
    const auto sent = pattern(100'000, 2);
    for (const int round : {0, 1}) {
        pair[0].enter_round(round);
        pair[1].enter_round(round);
        pair[0].post(1, Channel::card, fmt::format("card {}", round));
        pair[0].send({1, 0}, Bulk::weights, sent);
        CHECK(await_text(pair[1], 0, Channel::card) == fmt::format("card {}", round));
        std::vector<std::byte> received(sent.size());
        const auto transfer = pair[1].receive({0, 0}, Bulk::weights, received);
        CHECK(comes_true([&] { return transfer->test(); }));
        if (round == 0) { pair[1].tell_saved(0); }
    }
    pair[0].enter_round(2);  // far ahead
    pair.start(1);
    pair[1].restore(Json::array(), 0);
    pair[1].enter_round(1);
    CHECK(await_text(pair[1], 0, Channel::card) == "card 1");
    std::vector<std::byte> received(sent.size());
    const auto transfer = pair[1].receive({0, 0}, Bulk::weights, received);
    CHECK(comes_true([&] { return transfer->test(); }));
    CHECK(received == sent);
}

TEST_CASE("a sender that plays a round again is not heard twice") {
    Pair pair;
    pair[1].enter_round(4);
    pair[0].enter_round(4);
    pair[0].post(1, Channel::card, "card");
    pair[0].post(1, Channel::standing, "standing");
    CHECK(await_text(pair[1], 0, Channel::card) == "card");
    CHECK(await_text(pair[1], 0, Channel::standing) == "standing");
    pair.start(0);
    pair[0].restore(Json::array(), 3);
    pair[0].enter_round(4);
    pair[0].post(1, Channel::card, "card");
    pair[0].post(1, Channel::standing, "standing");
    pair[0].enter_round(5);
    pair[0].post(1, Channel::standing, "next");
    CHECK(await_text(pair[1], 0, Channel::standing) == "next");
    CHECK_FALSE(pair[1].poll(0, Channel::card));
}

TEST_CASE("sizes that don't fit are an error, not an overrun") {
    Pair pair;
    pair[0].send({1, 0}, Bulk::weights, pattern(1000, 3));
    std::vector<std::byte> small(999);
    const auto transfer = pair[1].receive({0, 0}, Bulk::weights, small);
    const auto test = [&] { return comes_true([&] { return transfer->test(); }); };
    CHECK_THROWS_WITH_AS(test(), doctest::Contains("1000 bytes where 999 belong"), Error);
}

TEST_CASE("a receive that is given up leaves its buffer alone") {
    Pair pair;
    std::vector<std::byte> given_up(1000, std::byte{9});
    pair[1].receive({0, 0}, Bulk::weights, given_up).reset();
    pair[0].send({1, 0}, Bulk::weights, pattern(1000, 3));
    std::vector<std::byte> received(1000);
    const auto transfer = pair[1].receive({0, 0}, Bulk::weights, received);
    CHECK(comes_true([&] { return transfer->test(); }));
    CHECK(given_up == std::vector<std::byte>(1000, std::byte{9}));
}

TEST_CASE("strangers and forged frames are turned away, and the seat goes on") {
    Pair pair;
    const unsigned short port = pair[0].port();
    const FrameHead good{.kind = static_cast<int>(Channel::card), .round = 0, .total_bytes = 5};
    SUBCASE("a wrong token") {
        RawLine line(port);
        line.greet("0123456789abcdef0123456789abcdee");
        CHECK_FALSE(line.is_answered());
    }
    SUBCASE("for another seat") {
        RawLine line(port);
        line.greet(token, {0, 1});
        CHECK_FALSE(line.is_answered());
    }
    SUBCASE("no greeting at all") {
        RawLine line(port);
        line.send(std::string(64, 'x'));
        CHECK_FALSE(line.is_answered());
    }
    SUBCASE("a frame that isn't one") {
        RawLine line(port);
        line.greet(token);
        REQUIRE(line.is_answered());
        line.send(std::string(48, 'x'));
        CHECK(line.is_closed());
    }
    SUBCASE("content that doesn't fit its checksum") {
        RawLine line(port);
        line.greet(token);
        REQUIRE(line.is_answered());
        FrameHead head = good;
        head.bytes = 5;
        head.digest = digest_of(std::string_view("hallo"));
        line.send(pack(head));
        line.send(std::string("hullo"));
        CHECK(line.is_closed());
    }
    SUBCASE("a text that says to be larger than any") {
        RawLine line(port);
        line.greet(token);
        REQUIRE(line.is_answered());
        FrameHead head = good;
        head.total_bytes = largest_text_bytes + 1;
        line.send_text(head, "hallo");
        CHECK(line.is_closed());
    }
    SUBCASE("a message that ends in the middle") {
        RawLine line(port);
        line.greet(token);
        REQUIRE(line.is_answered());
        FrameHead head = good;
        head.total_bytes = 10;
        line.send_text(head, "hallo");
        line.socket.close();
        CHECK_FALSE(pair[0].poll(5, Channel::card));
        RawLine again(port);
        again.greet(token);
        REQUIRE(again.is_answered());
        again.send_text(good, "whole");
        CHECK(await_text(pair[0], 5, Channel::card) == "whole");
    }
    pair[1].post(0, Channel::card, "still here");
    CHECK(await_text(pair[0], 1, Channel::card) == "still here");
}

TEST_CASE("with a wrong token nothing is ever delivered") {
    Pair pair;
    pair.start(1, "another run's token");
    pair[1].post(0, Channel::card, "card");
    CHECK_FALSE(comes_true([&] { return pair[0].poll(1, Channel::card).has_value(); }, 0.5));
}
