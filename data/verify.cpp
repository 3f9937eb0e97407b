#include "data/verify.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "data/check_values.hpp"
#include "data/dense_set.hpp"
#include "data/factored_set.hpp"
#include "data/progress.hpp"

namespace ltfb::data {

namespace {

void require_digest(const std::string& path, const std::string& said, std::uint64_t found) {
    if (!said.empty() && said != to_hex(found)) {
        throw InputError(
            fmt::format("{}: /content_digest: says {} where the content gives {} (the "
                        "file was changed or damaged; import it again)",
                        path,
                        said,
                        to_hex(found)));
    }
}

std::string verify_factored(const Hdf5File& file) {
    const FactoredSet set = read_factored(file);
    require_digest(file.path(), set.content_digest, content_digest(set));
    return fmt::format("factored, {} samples, {} cells, {} drugs",
                       set.samples(),
                       set.cells.rows(),
                       set.drugs.rows());
}

void verify_rows(std::span<const float> rows,
                 std::size_t first,
                 const DenseIndex& index,
                 const std::string& place) {
    const std::size_t columns = index.slices.columns();
    require_finite(rows, place, columns, first);
    for (std::size_t r = 0; r < rows.size() / columns; ++r) {
        const SampleKey key = key_of_row(rows.subspan(r * columns, columns), index.slices);
        const SampleKey& said = index.keys[first + r];
        if (key.cell != said.cell || key.drug1 != said.drug1 || key.drug2 != said.drug2) {
            throw InputError(
                fmt::format("{}[{}]: does not have the digests in its keys (the file "
                            "was changed or damaged; import it again)",
                            place,
                            first + r));
        }
    }
}

std::string verify_dense(const Hdf5File& file) {
    const DenseIndex index = read_dense_index(file);
    require_digest(file.path(), index.content_digest, content_digest(index));
    const Hdf5Dataset features = open_dense_features(file, index);
    constexpr std::size_t block_rows = 128;
    const std::size_t columns = index.slices.columns();
    std::vector<float> block(block_rows * columns);
    ByteProgress progress("checking " + file.path(), features.rows() * columns * sizeof(float));
    for (std::size_t first = 0; first < features.rows(); first += block_rows) {
        const std::size_t count = std::min(block_rows, features.rows() - first);
        const auto rows = std::span(block).first(count * columns);
        features.read_rows(first, rows);
        verify_rows(rows, first, index, file.path() + ": /dense/features");
        progress.update((first + count) * columns * sizeof(float));
    }
    return fmt::format("dense, {} samples, {} columns", features.rows(), columns);
}

}  // namespace

std::string verify(const std::string& path) {
    const Hdf5File file = Hdf5File::open(path);
    const bool is_dense = !file.has("/samples") && file.has("/dense");
    return is_dense ? verify_dense(file) : verify_factored(file);
}

}  // namespace ltfb::data
