#include "data/seal.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::data {

namespace {

constexpr std::string_view title = "ltfb-data-set 1\n";
constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";

/// "<title>xxh3 <digest>\nunsealed <first> <end>\n", and zeros up to `seal_bytes`.
std::string header_of(const std::string& path, ByteRange unsealed) {
    const ByteRange header{.first = 0, .end = seal_bytes};
    const std::uint64_t digest = unsealed.first < unsealed.end
                                     ? digest_file(path, std::array{header, unsealed})
                                     : digest_file(path, std::array{header});
    std::string text = fmt::format(
        "{}xxh3 {}\nunsealed {} {}\n", title, to_hex(digest), unsealed.first, unsealed.end);
    text.resize(seal_bytes, '\0');
    return text;
}

/// What a header says is left out; nothing where it doesn't say so in its own words.
std::optional<ByteRange> unsealed_in(std::string_view header) {
    constexpr std::string_view key = "\nunsealed ";
    const std::size_t at = header.find(key);
    if (at == std::string_view::npos) { return {}; }
    const char* const end = header.data() + header.size();
    ByteRange range;
    const auto first = std::from_chars(header.data() + at + key.size(), end, range.first);
    if (first.ec != std::errc() || first.ptr == end) { return {}; }
    if (std::from_chars(first.ptr + 1, end, range.end).ec != std::errc()) { return {}; }
    return range;
}

}  // namespace

void seal_file(const std::string& path, ByteRange unsealed) {
    const std::string header = header_of(path, unsealed);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.write(header.data(), static_cast<std::streamsize>(header.size()));
    file.close();
    require(!file.fail(), path + ": cannot be written (is the disk full?)");
}

Seal inspect_seal(const std::string& path) {
    std::string start(seal_bytes + hdf5_signature.size(), '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(file.gcount()));
    const bool has_content = start.ends_with(hdf5_signature) && start.size() > seal_bytes;
    if (!start.starts_with(title) && !has_content) { return Seal::absent; }
    start.resize(std::min(start.size(), seal_bytes));
    const auto unsealed = unsealed_in(start);
    return unsealed && start == header_of(path, *unsealed) ? Seal::whole : Seal::broken;
}

}  // namespace ltfb::data
