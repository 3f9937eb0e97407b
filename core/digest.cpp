#include "core/digest.hpp"

#include <array>
#include <fstream>
#include <memory>
#include <new>

#include <fmt/core.h>
#include <xxhash.h>

#include "core/error.hpp"

namespace ltfb {

std::uint64_t digest_bytes(std::span<const std::byte> bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t digest_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) { throw InputError(fmt::format("{}: cannot be opened (check the path)", path)); }
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                         &XXH3_freeState);
    if (!state) { throw std::bad_alloc(); }
    XXH3_64bits_reset(state.get());
    std::array<char, 1U << 16U> piece{};
    while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
        XXH3_64bits_update(state.get(), piece.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) { throw InputError(fmt::format("{}: cannot be read", path)); }
    return XXH3_64bits_digest(state.get());
}

std::string to_hex(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

}  // namespace ltfb
