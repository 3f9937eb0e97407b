#include "tournament/tcp_frame.hpp"

#include <cstring>

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace ltfb;
using namespace ltfb::tournament;

namespace {

FrameHead example() {
    return {.kind = static_cast<int>(Bulk::weights),
            .round = 12,
            .total_bytes = 3'000'000'000,
            .offset = 2'999'999'000,
            .bytes = 1000,
            .digest = 0x0123456789abcdef};
}

}  // namespace

TEST_CASE("heads, greetings and notes come back as they were") {
    CHECK(unpack(pack(example())) == example());
    const Greeting greeting{
        .token = "0123456789abcdef0123456789abcdef", .from = {3, 1}, .to = {7, 2}};
    const Greeting back = unpack(pack(greeting));
    CHECK(back.token == greeting.token);
    CHECK(back.from.trainer == 3);
    CHECK(back.from.seat == 1);
    CHECK(back.to.trainer == 7);
    CHECK(back.to.seat == 2);
    CHECK(unpack(pack(Greeting{.token = "short", .from = {}, .to = {}})).token == "short");
    CHECK(unpack_note(pack_note(-1)) == -1);
    CHECK(unpack_note(pack_note(41)) == 41);
}

TEST_CASE("a flipped bit is noticed wherever it is") {
    for (std::size_t i = 0; i < sizeof(PackedHead); ++i) {
        PackedHead packed = pack(example());
        packed[i] ^= std::byte{4};
        CHECK_THROWS_AS(unpack(packed), Error);
    }
    for (std::size_t i = 0; i < sizeof(PackedGreeting); ++i) {
        PackedGreeting packed = pack(Greeting{.token = "abc", .from = {0, 0}, .to = {1, 0}});
        packed[i] ^= std::byte{1};
        CHECK_THROWS_AS(unpack(packed), Error);
    }
    for (std::size_t i = 0; i < sizeof(PackedNote); ++i) {
        PackedNote packed = pack_note(3);
        packed[i] ^= std::byte{128};
        CHECK_THROWS_AS(unpack_note(packed), Error);
    }
}

TEST_CASE("a head that would have too much read, or is of no known kind, is refused") {
    const auto is_refused = [](auto change) {
        FrameHead head = example();
        change(head);
        CHECK_THROWS_AS(unpack(pack(head)), Error);
    };
    is_refused([](FrameHead& h) { h.bytes = frame_bytes + 1; });
    is_refused([](FrameHead& h) { h.bytes = 1001; });  // past the end
    is_refused([](FrameHead& h) { h.offset = h.total_bytes + 1; });
    is_refused([](FrameHead& h) { h.offset = ~std::uint64_t{0}; });
    is_refused([](FrameHead& h) { h.total_bytes = largest_bulk_bytes + 1; });
    is_refused([](FrameHead& h) { h.kind = static_cast<int>(Channel::card); });  // as a text: 3 GB
    is_refused([](FrameHead& h) { h.kind = 99; });
    is_refused([](FrameHead& h) { h.kind = static_cast<int>(Bulk::second_moment) + 1; });
    is_refused([](FrameHead& h) { h.round = -1; });
}

TEST_CASE("secrets") {
    CHECK(is_same_secret("abc", "abc"));
    CHECK_FALSE(is_same_secret("abc", "abd"));
    CHECK_FALSE(is_same_secret("abc", "ab"));
    CHECK_FALSE(is_same_secret("", "a"));
}
