#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/dropout.hpp"

namespace ltfb::trainer {

/// Rows of floats, `stride` apart; row r is read at `index[r]` where there is an index.
struct RowsIn {
    const float* values = nullptr;
    std::size_t stride = 0;
    const std::uint32_t* index = nullptr;

    [[nodiscard]] const float* row(std::size_t r) const {
        return values + (index == nullptr ? r : index[r]) * stride;
    }
};

struct RowsOut {
    float* values = nullptr;
    std::size_t stride = 0;

    [[nodiscard]] float* row(std::size_t r) const { return values + r * stride; }
};

struct RowCount {
    std::size_t rows = 0;
    std::size_t width = 0;
};

/// Whose masks rows have: row r that of sample r, or, where there are `ids`, that of entity ids[r].
struct MaskRows {
    UnitGroup group = UnitGroup::top;
    std::size_t layer = 0;
    const std::uint32_t* ids = nullptr;
};

/// Lots of a row's units from `first_unit` on, as DropoutLots::draw.
void draw_lots(const DropoutLots& lots,
               const MaskRows& masks,
               std::size_t row,
               std::size_t first_unit,
               std::span<std::uint16_t> out);

/// out = dropout(max(in, 0)); NaN stays NaN. `in` and `out` may be the same rows.
void relu_and_drop(const RowCount& count,
                   const RowsIn& in,
                   const RowsOut& out,
                   const DropoutLots& lots,
                   const MaskRows& masks);

/// out = max(in, 0); NaN stays NaN. `in` and `out` may be the same rows.
void relu(const RowCount& count, const RowsIn& in, const RowsOut& out);

/// The gradient before ReLU and dropout from that after them: out = scale * gradient where
/// `output`, which relu_and_drop wrote, is positive, else 0. Any may be the same rows.
void undo_relu_and_drop(const RowCount& count,
                        const RowsIn& gradient,
                        const RowsIn& output,
                        float scale,
                        const RowsOut& out);

/// Which rows belong to which entity: the rows of entity e, ascending, are
/// rows[starts[e] .. starts[e + 1]).
struct EntityRows {
    std::vector<std::uint32_t> starts;
    std::vector<std::uint32_t> rows;

    /// `entity` [rows], each below `entities`. Reuses storage.
    void assign(std::span<const std::uint32_t> entity, std::size_t entities);
};

/// out[e] = sum of the rows of entity e, in ascending order whatever the number of threads.
void sum_by_entity(const EntityRows& groups,
                   std::size_t width,
                   const RowsIn& in,
                   const RowsOut& out);

}  // namespace ltfb::trainer
