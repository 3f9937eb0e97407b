#include "trainer/block_ops.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "trainer/simd.hpp"

namespace ltfb::trainer {

namespace {

LTFB_MULTIVERSION
void relu_and_drop_row(std::size_t width,
                       const float* in,
                       const std::uint16_t* lots,
                       std::uint32_t threshold,
                       float scale,
                       float* out) {
    for (std::size_t u = 0; u < width; ++u) {
        const bool is_zero = (lots[u] < threshold) | (in[u] <= 0.0F);
        out[u] = is_zero ? 0.0F : in[u] * scale;
    }
}

LTFB_MULTIVERSION
void relu_row(std::size_t width, const float* in, float* out) {
    for (std::size_t u = 0; u < width; ++u) { out[u] = in[u] <= 0.0F ? 0.0F : in[u]; }
}

LTFB_MULTIVERSION
void undo_row(
    std::size_t width, const float* gradient, const float* output, float scale, float* out) {
    for (std::size_t u = 0; u < width; ++u) {
        out[u] = output[u] > 0.0F ? gradient[u] * scale : 0.0F;
    }
}

LTFB_MULTIVERSION
void add_row(std::size_t width, const float* in, float* out) {
    for (std::size_t u = 0; u < width; ++u) { out[u] += in[u]; }
}

}  // namespace

void draw_lots(const DropoutLots& lots,
               const MaskRows& masks,
               std::size_t row,
               std::size_t first_unit,
               std::span<std::uint16_t> out) {
    if (masks.ids == nullptr) {
        lots.draw(masks.group, masks.layer, row, first_unit, out);
    } else {
        lots.draw_for_entity(masks.group, masks.layer, masks.ids[row], first_unit, out);
    }
}

void relu_and_drop(const RowCount& count,
                   const RowsIn& in,
                   const RowsOut& out,
                   const DropoutLots& lots,
                   const MaskRows& masks) {
    if (lots.is_off()) {
        relu(count, in, out);
        return;
    }
    constexpr std::size_t piece = 2048;  // units whose lots are held at once
    static_assert(piece % DropoutLots::block == 0);
#pragma omp parallel for
    for (std::size_t r = 0; r < count.rows; ++r) {
        alignas(64) std::array<std::uint16_t, piece> row_lots;
        for (std::size_t u = 0; u < count.width; u += piece) {
            const std::size_t width = std::min(piece, count.width - u);
            const auto piece_lots = std::span(row_lots).first(lots_for(width));
            draw_lots(lots, masks, r, u, piece_lots);
            relu_and_drop_row(width,
                              in.row(r) + u,
                              row_lots.data(),
                              lots.threshold(),
                              lots.scale(),
                              out.row(r) + u);
        }
    }
}

void relu(const RowCount& count, const RowsIn& in, const RowsOut& out) {
#pragma omp parallel for
    for (std::size_t r = 0; r < count.rows; ++r) { relu_row(count.width, in.row(r), out.row(r)); }
}

void undo_relu_and_drop(const RowCount& count,
                        const RowsIn& gradient,
                        const RowsIn& output,
                        float scale,
                        const RowsOut& out) {
#pragma omp parallel for
    for (std::size_t r = 0; r < count.rows; ++r) {
        undo_row(count.width, gradient.row(r), output.row(r), scale, out.row(r));
    }
}

void EntityRows::assign(std::span<const std::uint32_t> entity, std::size_t entities) {
    starts.assign(entities + 1, 0);
    rows.resize(entity.size());
    for (const std::uint32_t e : entity) {
        assert(e < entities);
        ++starts[e + 1];
    }
    for (std::size_t e = 0; e < entities; ++e) { starts[e + 1] += starts[e]; }
    for (std::size_t r = 0; r < entity.size(); ++r) {
        rows[starts[entity[r]]++] = static_cast<std::uint32_t>(r);
    }
    // Filling moved every start to the next one's place.
    std::copy_backward(starts.begin(), starts.end() - 1, starts.end());
    starts.front() = 0;
}

void sum_by_entity(const EntityRows& groups,
                   std::size_t width,
                   const RowsIn& in,
                   const RowsOut& out) {
    const std::size_t entities = groups.starts.size() - 1;
    constexpr std::size_t piece = 256;  // columns, so that few entities still occupy all threads
#pragma omp parallel for collapse(2) schedule(dynamic, 4)
    for (std::size_t e = 0; e < entities; ++e) {
        for (std::size_t u = 0; u < width; u += piece) {
            const std::size_t columns = std::min(piece, width - u);
            float* sum = out.row(e) + u;
            std::fill_n(sum, columns, 0.0F);
            for (std::uint32_t i = groups.starts[e]; i < groups.starts[e + 1]; ++i) {
                add_row(columns, in.row(groups.rows[i]) + u, sum);
            }
        }
    }
}

}  // namespace ltfb::trainer
