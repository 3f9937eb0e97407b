#pragma once

#include <string>
#include <vector>

#include "data/dense_set.hpp"

namespace ltfb::data {

/// Column-merged feature files and a response file, without headers, row by row in step.
struct DenseImport {
    std::vector<std::string> features;
    std::string response;  // one column
    Slices slices;
};

/// Parses "0,921,4750,8579"; throws InputError.
Slices parse_slices(const std::string& text);

/// Streams the rows to `out` as they are (features are neither scaled nor imputed) and writes the
/// rest of the set. Throws InputError for missing or non-finite numbers, rows of another width
/// than the slices say, and files of different length.
DenseIndex import_dense(const DenseImport& from, const Hdf5File& out);

}  // namespace ltfb::data
