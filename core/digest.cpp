#include "core/digest.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <memory>
#include <new>

#include <fmt/core.h>
#include <xxhash.h>

#include "core/error.hpp"

namespace ltfb {

std::uint64_t digest_bytes(std::span<const std::byte> bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t digest_file(const std::string& path, std::span<const ByteRange> without) {
    std::ifstream file(path, std::ios::binary);
    if (!file) { throw InputError(fmt::format("{}: cannot be opened (check the path)", path)); }
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                         &XXH3_freeState);
    if (!state) { throw std::bad_alloc(); }
    XXH3_64bits_reset(state.get());
    std::array<char, 1U << 16U> piece{};
    const auto add = [&](std::uint64_t first, std::uint64_t end) {
        file.seekg(static_cast<std::streamoff>(first));
        while (first < end && file) {
            file.read(
                piece.data(),
                static_cast<std::streamsize>(std::min<std::uint64_t>(piece.size(), end - first)));
            const auto count = static_cast<std::size_t>(file.gcount());
            XXH3_64bits_update(state.get(), piece.data(), count);
            first += count;
        }
    };
    std::uint64_t first = 0;
    for (const ByteRange& range : without) {
        add(first, range.first);
        first = range.end;
    }
    add(first, std::numeric_limits<std::uint64_t>::max());
    if (file.bad()) { throw InputError(fmt::format("{}: cannot be read", path)); }
    return XXH3_64bits_digest(state.get());
}

std::string to_hex(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

}  // namespace ltfb
