#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/descriptor.hpp"
#include "data/dense_set.hpp"

namespace ltfb::data {

/// Reads feature rows of an open dense set, each into two places. Rows of a file as ltfb-data
/// writes it are read without HDF5, so from any thread; of another file by HDF5.
class DenseRows {
public:
    /// A row [cell | drug 1 | drug 2] and where its parts belong.
    struct Wanted {
        std::uint32_t row = 0;
        float* cell = nullptr;   // [cell features]
        float* drugs = nullptr;  // [2 x drug features]
    };

    /// `index` must outlive it.
    DenseRows(const Hdf5File& file, const DenseIndex& index);

    /// Sorts `wanted` by row and reads them, neighbours together. Throws InputError naming file and
    /// row where that fails, or a row is not finite, or not what its keys say.
    void read(std::span<Wanted> wanted);

    /// Whether `read` may be called while other threads use HDF5.
    [[nodiscard]] bool is_thread_safe() const { return file_ || is_hdf5_thread_safe(); }

private:
    void read_plain(std::span<const Wanted> run);
    void read_by_library(std::span<const Wanted> run);
    void require_right(const Wanted& wanted) const;

    const DenseIndex& index_;
    std::string place_;  // "<file>: /dense/features"
    Hdf5Dataset features_;
    Descriptor file_;  // none: by HDF5
    std::uint64_t offset_ = 0;
    std::vector<float> rows_;  // scratch, by HDF5
};

}  // namespace ltfb::data
