#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/hdf5_file.hpp"
#include "data/samples.hpp"

namespace ltfb::data {

/// Where the columns of a dense row belong: cell features in [0, 1), drug 1 in [1, 2), drug 2 in
/// [2, 3) of these points. The first is 0 and both drugs have equally many columns.
struct Slices {
    std::array<std::uint64_t, 4> at{};

    [[nodiscard]] std::size_t cell_features() const noexcept { return at[1]; }
    [[nodiscard]] std::size_t drug_features() const noexcept { return at[2] - at[1]; }
    [[nodiscard]] std::size_t columns() const noexcept { return at[3]; }
};

/// Throws InputError, beginning with `place`, for slices that are none.
void require_slices(const Slices& slices, const std::string& place);

/// Key of a dense row [columns]: digests of its slices, so that equal cells and drugs are known as
/// such wherever they stand.
SampleKey key_of_row(std::span<const float> row, const Slices& slices);

/// All of a dense set but its features.
/// File: /dense/{features[N x i],response,slices,cell_key,drug1_key,drug2_key}, /provenance,
/// /content_digest.
struct DenseIndex {
    Slices slices;
    std::vector<SampleKey> keys;  // [N]
    std::vector<float> response;  // [N]
    std::string provenance;       // JSON
    std::string content_digest;   // as the file says

    [[nodiscard]] SampleShape shape() const noexcept;
};

/// Throws InputError, beginning with `place`, unless the rows [n x columns] from sample `first` on
/// are finite and have the digests that their keys say.
void require_rows(std::span<const float> rows,
                  std::size_t first,
                  const DenseIndex& index,
                  const std::string& place);

/// Digest of everything that training depends on; the keys stand for the features.
std::uint64_t content_digest(const DenseIndex& index);

/// Throws InputError naming file, dataset and position.
DenseIndex read_dense_index(const Hdf5File& file);
void write_dense_index(const Hdf5File& file, const DenseIndex& index);

/// The features of an open dense set [N x columns].
Hdf5Dataset open_dense_features(const Hdf5File& file, const DenseIndex& index);

}  // namespace ltfb::data
