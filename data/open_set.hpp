#pragma once

#include <string>

#include "data/hdf5_file.hpp"

namespace ltfb::data {

/// Opens a set, known to be undamaged before the HDF5 library, which may crash or hang on damage,
/// reads it in this process: by its seal, or without one by reading all of it in a child process
/// first. Bulk features of a sealed set are not looked at. Throws InputError saying what is wrong.
Hdf5File open_set(const std::string& path);

/// Whether a set's features are stored sample by sample. Throws InputError where it is no set.
bool is_dense(const Hdf5File& file);

}  // namespace ltfb::data
