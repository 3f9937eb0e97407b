#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "trainer/block_ops.hpp"

namespace ltfb::trainer {

/// Entries of a row of a sparse matrix.
struct SparseRow {
    const std::uint32_t* columns = nullptr;
    const float* values = nullptr;
    std::size_t size = 0;
};

/// Entries of a sparse matrix in any order.
struct SparseEntries {
    const std::uint32_t* rows = nullptr;
    const std::uint32_t* columns = nullptr;
    const float* values = nullptr;
    std::size_t size = 0;
};

/// A sparse matrix by rows: entries i with begins[r] <= i < ends[r] are those of row r.
struct SparseRows {
    std::vector<std::size_t> begins;
    std::vector<std::size_t> ends;
    std::vector<std::uint32_t> columns;
    std::vector<float> values;

    [[nodiscard]] std::size_t rows() const noexcept { return ends.size(); }
    [[nodiscard]] SparseRow row(std::size_t r) const {
        return {columns.data() + begins[r], values.data() + begins[r], ends[r] - begins[r]};
    }
    /// Empty rows with room for `count.width` entries each.
    void clear(const RowCount& count);
    /// The transpose of `other`, which has `columns` columns; entries by ascending row of `other`.
    void assign_transpose(const SparseRows& other, std::size_t columns);
    /// `rows` rows of what for_each(visit), called twice, visits as visit(row, column, value).
    template <class ForEach>
    void assign(std::size_t rows, const ForEach& for_each);
};

/// Which rows of a batch share a group of units.
struct GroupRows {
    UnitGroup group = UnitGroup::cell;
    std::size_t first_row = 0;  // of the matrix; row 0 of the group is sample 0
    std::size_t rows = 0;
};

/// Fills the group's rows of `dropped` with the units of layer `layer` that dropout takes from
/// `active` [matrix rows x width] and that are positive there, with their values.
void find_dropped(const GroupRows& group,
                  std::size_t layer,
                  std::size_t width,
                  const RowsIn& active,
                  const DropoutLots& lots,
                  SparseRows& dropped);

/// What follows a product: times `scale`, plus `bias`, where there is one.
struct AffineRow {
    float scale = 1.0F;
    const float* bias = nullptr;
};

/// Columns of a product that are made at once: their sums fit the registers.
inline constexpr std::size_t product_strip = 64;
/// out = scale * (dense - sparse * matrix) + bias for one row, up to a strip of it. `dense` and
/// `out` may be the same.
void subtract_row_product(const SparseRow& sparse,
                          std::size_t width,
                          const float* dense,
                          const RowsIn& matrix,
                          const AffineRow& affine,
                          float* out);

/// Of two rows.
float dot_product(std::size_t width, const float* left, const float* right);

inline constexpr std::size_t block_width = 32;
/// out -= sparse * matrix, both dense ones `block_width` wide
void subtract_block_product(const SparseEntries& sparse, const RowsIn& matrix, const RowsOut& out);

/// out = scale * (dense - sparse * matrix) + bias, row by row [sparse.rows() x width]. `dense` and
/// `out` may be the same rows.
void subtract_product(const SparseRows& sparse,
                      std::size_t width,
                      const RowsIn& dense,
                      const RowsIn& matrix,
                      const AffineRow& affine,
                      const RowsOut& out);

/// Replaces the values of `sparse` by the products of rows: left row r with right row `column`.
void sample_products(SparseRows& sparse,
                     std::size_t width,
                     const RowsIn& left,
                     const RowsIn& right);

/// Subtracts each row of `sparse` from the row of its entity.
void subtract_by_entity(const EntityRows& groups, const SparseRows& sparse, const RowsOut& out);

template <class ForEach>
void SparseRows::assign(std::size_t rows, const ForEach& for_each) {
    begins.assign(rows, 0);
    ends.resize(rows);
    for_each([&](std::size_t row, std::size_t, float) { ++begins[row]; });
    std::size_t end = 0;
    for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t size = begins[r];
        begins[r] = ends[r] = end;
        end += size;
    }
    columns.resize(std::max(columns.size(), end));
    values.resize(columns.size());
    for_each([&](std::size_t row, std::size_t column, float value) {
        const std::size_t at = ends[row]++;
        columns[at] = static_cast<std::uint32_t>(column);
        values[at] = value;
    });
}

}  // namespace ltfb::trainer
