#include "data/verify.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "data/dense_set.hpp"
#include "data/factored_set.hpp"
#include "data/open_set.hpp"
#include "data/progress.hpp"

namespace ltfb::data {

namespace {

std::string verify_factored(const Hdf5File& file) {
    const FactoredSet set = read_factored(file);
    return fmt::format("factored, {} samples, {} cells, {} drugs",
                       set.samples(),
                       set.cells.rows(),
                       set.drugs.rows());
}

std::string verify_dense(const Hdf5File& file) {
    const DenseIndex index = read_dense_index(file);
    const Hdf5Dataset features = open_dense_features(file, index);
    constexpr std::size_t block_rows = 128;
    const std::size_t columns = index.slices.columns();
    std::vector<float> block(block_rows * columns);
    ByteProgress progress("checking " + file.path(), features.rows() * columns * sizeof(float));
    for (std::size_t first = 0; first < features.rows(); first += block_rows) {
        const std::size_t count = std::min(block_rows, features.rows() - first);
        const auto rows = std::span(block).first(count * columns);
        features.read_rows(first, rows);
        require_rows(rows, first, index, file.path() + ": /dense/features");
        progress.update((first + count) * columns * sizeof(float));
    }
    return fmt::format("dense, {} samples, {} columns", features.rows(), columns);
}

}  // namespace

std::string verify(const std::string& path) {
    const Hdf5File file = open_set(path);
    return is_dense(file) ? verify_dense(file) : verify_factored(file);
}

}  // namespace ltfb::data
