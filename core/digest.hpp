#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace ltfb {

/// 64-bit XXH3 of raw bytes.
std::uint64_t digest_bytes(std::span<const std::byte> bytes) noexcept;

template <class T>
requires std::is_trivially_copyable_v<T> std::uint64_t digest_of(std::span<const T> values)
noexcept {
    return digest_bytes(std::as_bytes(values));
}

inline std::uint64_t digest_of(std::string_view text) noexcept {
    return digest_of(std::span<const char>(text));
}

/// Bytes [first, end) of a file.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

/// XXH3 of a file's content, read in pieces, leaving out the ranges of `without` (ascending,
/// apart). Throws InputError where it cannot be read.
std::uint64_t digest_file(const std::string& path, std::span<const ByteRange> without = {});

/// 16 lower-case hexadecimal digits.
std::string to_hex(std::uint64_t digest);

}  // namespace ltfb
