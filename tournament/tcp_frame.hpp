#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// What every frame on a connection between two seats says of itself. A message is cut into frames
/// of at most `frame_bytes`, each with a checksum.
struct FrameHead {
    int kind = 0;                   // a Channel or a Bulk
    int round = 0;                  // that the message is about
    std::uint64_t total_bytes = 0;  // of the message
    std::uint64_t offset = 0;       // of this frame in it
    std::uint32_t bytes = 0;        // of this frame, after the head
    std::uint64_t digest = 0;       // XXH3 of them

    bool operator==(const FrameHead&) const = default;
};

inline constexpr std::size_t frame_bytes = std::size_t{1} << 19U;
inline constexpr std::size_t largest_text_bytes = std::size_t{1} << 26U;
inline constexpr std::uint64_t largest_bulk_bytes = std::uint64_t{1} << 40U;

[[nodiscard]] constexpr bool is_bulk(int kind) {
    return kind >= static_cast<int>(Bulk::weights) && kind <= static_cast<int>(Bulk::second_moment);
}

using PackedHead = std::array<std::byte, 48>;
PackedHead pack(const FrameHead& head);
/// Throws Error saying what is wrong with it: no frame, damaged, of no known kind, too large.
FrameHead unpack(const PackedHead& packed);

/// Who opens a connection, and to whom; the opener sends messages on it, the other side tells what
/// it needs no more.
struct Greeting {
    std::string token;  // of the run, at most 32 characters
    Address from;
    Address to;
};
using PackedGreeting = std::array<std::byte, 64>;
PackedGreeting pack(const Greeting& greeting);
/// Throws Error.
Greeting unpack(const PackedGreeting& packed);

/// "Everything up to this round is in my saved state"; also the answer to a greeting.
using PackedNote = std::array<std::byte, 16>;
PackedNote pack_note(int saved_round);
/// Throws Error.
int unpack_note(const PackedNote& packed);

/// Whether two texts are equal, in a time that doesn't tell where they differ.
bool is_same_secret(const std::string& a, const std::string& b);

}  // namespace ltfb::tournament
