#pragma once

// Shared by the sources that wrap HDF5; include nowhere else.

#include <cstddef>
#include <span>
#include <string>

#include <fmt/core.h>
#include <hdf5.h>

#include "core/error.hpp"
#include "data/hdf5_file.hpp"

namespace ltfb::data::hdf5 {

/// What the innermost entry of the library's error stack says.
std::string last_error();

/// The checker of every HDF5 call: `Failure` is InputError where the file's content is to blame.
template <class Failure, class Result>
Result check(Result result, const std::string& place, const char* what) {
    if (result < 0) { throw Failure(fmt::format("{}: {}: {}", place, what, last_error())); }
    return result;
}

inline constexpr const char* damaged = "cannot be read (truncated or damaged; import it again)";
inline constexpr const char* unwritable = "cannot be written (is the disk full?)";

/// Throws InputError unless the dataset holds elements of the class.
void require_class(hid_t dataset, H5T_class_t wanted, const std::string& place);

/// A new dataset of contiguous layout; parent groups are created.
Hdf5Handle create_dataset(hid_t file,
                          const std::string& name,
                          hid_t type,
                          std::span<const std::size_t> extent,
                          const std::string& place);

}  // namespace ltfb::data::hdf5
