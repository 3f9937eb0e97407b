#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trainer/block_ops.hpp"

namespace ltfb::trainer {

/// A sparse matrix by rows: entries i with begins[r] <= i < ends[r] are those of row r.
struct SparseRows {
    std::vector<std::size_t> begins;
    std::vector<std::size_t> ends;
    std::vector<std::uint32_t> columns;
    std::vector<float> values;

    [[nodiscard]] std::size_t rows() const noexcept { return ends.size(); }
    /// Empty rows with room for `count.width` entries each.
    void clear(const RowCount& count);
    /// The transpose of `other`, which has `columns` columns; entries by ascending row of `other`.
    void assign_transpose(const SparseRows& other, std::size_t columns);
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

}  // namespace ltfb::trainer
