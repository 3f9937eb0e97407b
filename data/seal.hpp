#pragma once

#include <cstddef>
#include <string>

#include "core/digest.hpp"

namespace ltfb::data {

/// Size of the header before the HDF5 content of a set (its "user block", which HDF5 skips).
inline constexpr std::size_t seal_bytes = 512;

/// Writes a checksum of all that follows into a closed file's header, but for the bytes of
/// `unsealed`: bulk data that would take too long to read at each opening. Throws Error.
void seal_file(const std::string& path, ByteRange unsealed = {});

enum class Seal {
    absent,  // another program's file, or one from before there were seals
    whole,   // the file is what was sealed
    broken   // it is not: damaged, or changed since
};

/// Reads the file once, without the HDF5 library. Throws InputError where it cannot be read.
Seal inspect_seal(const std::string& path);

}  // namespace ltfb::data
