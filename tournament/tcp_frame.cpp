#include "tournament/tcp_frame.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace ltfb::tournament {

namespace {

constexpr std::uint32_t head_magic = 0x4246544c;      // "LTFB"
constexpr std::uint32_t note_magic = 0x3142464e;      // "NFB1"
constexpr std::uint64_t greeting_magic = 0x3142544c;  // "LTB1"
constexpr std::size_t token_bytes = 32;

/// Writes numbers one after the other, as this machine holds them: a run is on machines of a kind.
template <std::size_t n>
class Packer {
public:
    template <class T>
    void put(T value) {
        std::memcpy(&bytes_[at_], &value, sizeof value);
        at_ += sizeof value;
    }
    /// The digest of what was put is the last number.
    std::array<std::byte, n> finish() {
        put(digest_bytes(std::span(bytes_).first(at_)));
        return bytes_;
    }

private:
    std::array<std::byte, n> bytes_{};
    std::size_t at_ = 0;
};

template <std::size_t n>
class Unpacker {
public:
    Unpacker(const std::array<std::byte, n>& bytes, const char* what) : bytes_(bytes) {
        std::uint64_t digest = 0;
        constexpr std::size_t size = n - sizeof digest;
        std::memcpy(&digest, &bytes[size], sizeof digest);
        if (digest != digest_bytes(std::span(bytes).template first<size>())) {
            throw Error(fmt::format("tcp: {} is damaged, or none", what));
        }
    }
    template <class T>
    T take() {
        T value{};
        std::memcpy(&value, &bytes_[at_], sizeof value);
        at_ += sizeof value;
        return value;
    }

private:
    const std::array<std::byte, n>& bytes_;
    std::size_t at_ = 0;
};

bool is_known(int kind) {
    const bool is_channel =
        kind >= static_cast<int>(Channel::card) && kind <= static_cast<int>(Channel::end);
    return is_channel || is_bulk(kind);
}

}  // namespace

PackedHead pack(const FrameHead& head) {
    Packer<sizeof(PackedHead)> packer;
    packer.put(head_magic);
    packer.put(head.kind);
    packer.put(head.round);
    packer.put(head.bytes);
    packer.put(head.total_bytes);
    packer.put(head.offset);
    packer.put(head.digest);
    return packer.finish();
}

FrameHead unpack(const PackedHead& packed) {
    Unpacker unpacker(packed, "a frame's head");
    FrameHead head;
    const auto magic = unpacker.take<std::uint32_t>();
    head.kind = unpacker.take<int>();
    head.round = unpacker.take<int>();
    head.bytes = unpacker.take<std::uint32_t>();
    head.total_bytes = unpacker.take<std::uint64_t>();
    head.offset = unpacker.take<std::uint64_t>();
    head.digest = unpacker.take<std::uint64_t>();
    if (magic != head_magic) { throw Error("tcp: not a frame"); }
    if (!is_known(head.kind) || head.round < 0) {
        throw Error(
            fmt::format("tcp: a frame of unknown kind {}, round {}", head.kind, head.round));
    }
    const std::uint64_t most = is_bulk(head.kind) ? largest_bulk_bytes : largest_text_bytes;
    if (head.bytes > frame_bytes || head.total_bytes > most || head.offset > head.total_bytes ||
        head.bytes > head.total_bytes - head.offset) {
        throw Error(fmt::format("tcp: a frame of {} bytes at {} of {} is too large",
                                head.bytes,
                                head.offset,
                                head.total_bytes));
    }
    return head;
}

PackedGreeting pack(const Greeting& greeting) {
    Packer<sizeof(PackedGreeting)> packer;
    packer.put(greeting_magic);
    std::array<char, token_bytes> token{};
    std::copy_n(
        greeting.token.begin(), std::min(token.size(), greeting.token.size()), token.begin());
    packer.put(token);
    packer.put(greeting.from.trainer);
    packer.put(greeting.from.seat);
    packer.put(greeting.to.trainer);
    packer.put(greeting.to.seat);
    return packer.finish();
}

Greeting unpack(const PackedGreeting& packed) {
    Unpacker unpacker(packed, "a greeting");
    if (unpacker.take<std::uint64_t>() != greeting_magic) { throw Error("tcp: not a greeting"); }
    const auto token = unpacker.take<std::array<char, token_bytes>>();
    Greeting greeting;
    greeting.token.assign(token.begin(), std::ranges::find(token, '\0'));
    greeting.from.trainer = unpacker.take<int>();
    greeting.from.seat = unpacker.take<int>();
    greeting.to.trainer = unpacker.take<int>();
    greeting.to.seat = unpacker.take<int>();
    return greeting;
}

PackedNote pack_note(int saved_round) {
    Packer<sizeof(PackedNote)> packer;
    packer.put(note_magic);
    packer.put(saved_round);
    return packer.finish();
}

int unpack_note(const PackedNote& packed) {
    Unpacker unpacker(packed, "a note");
    if (unpacker.take<std::uint32_t>() != note_magic) { throw Error("tcp: not a note"); }
    return unpacker.take<int>();
}

bool is_same_secret(const std::string& a, const std::string& b) {
    unsigned differs = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        differs |= static_cast<unsigned>(static_cast<unsigned char>(a[i] ^ b[i]));
    }
    return differs == 0;
}

}  // namespace ltfb::tournament
