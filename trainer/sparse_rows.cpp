#include "trainer/sparse_rows.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "trainer/simd.hpp"

namespace ltfb::trainer {

namespace {

/// Appends the units [0, width) that are dropped and positive; writes one entry past the last.
std::uint32_t append_dropped(std::size_t width,
                             std::uint32_t first_unit,
                             const std::uint16_t* lots,
                             std::uint32_t threshold,
                             const float* active,
                             std::uint32_t* columns) {
    std::uint32_t n = 0;
    for (std::uint32_t u = 0; u < width; ++u) {
        columns[n] = first_unit + u;
        n += static_cast<std::uint32_t>((lots[u] < threshold) & (active[u] > 0.0F));
    }
    return n;
}

// Columns of a strip: its accumulators fit the registers, and a strip of a 1000-row matrix fits the
// second cache, where every row of the sparse matrix finds it.
using Lanes [[gnu::vector_size(64)]] = float;
constexpr std::size_t lanes = sizeof(Lanes) / sizeof(float);
constexpr std::size_t vectors = 4;
static_assert(product_strip == vectors * lanes);

// By reference, as passing vectors by value depends on the instruction set.
[[gnu::always_inline]] inline void load(const float* from, Lanes& lane) {
    std::memcpy(&lane, from, sizeof lane);
}

[[gnu::always_inline]] inline void store(float* to, const Lanes& lane) {
    std::memcpy(to, &lane, sizeof lane);
}

// A whole strip of one row.
LTFB_MULTIVERSION
void subtract_strip(const SparseRow& entries,
                    const float* dense,
                    const float* matrix,
                    std::size_t stride,
                    const AffineRow& affine,
                    float* out) {
    Lanes sums[vectors];  // NOLINT(modernize-avoid-c-arrays): std::array leaves the registers
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) { load(dense + v * lanes, sums[v]); }
    for (std::size_t i = 0; i < entries.size; ++i) {
        const float* row = matrix + entries.columns[i] * stride;
        const Lanes value = Lanes{} + entries.values[i];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors; ++v) {
            Lanes weights;
            load(row + v * lanes, weights);
            sums[v] -= value * weights;
        }
    }
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) {
        Lanes result = sums[v] * affine.scale;
        if (affine.bias != nullptr) {
            Lanes bias;
            load(affine.bias + v * lanes, bias);
            result += bias;
        }
        store(out + v * lanes, result);
    }
}

// The columns that are left over.
void subtract_tail(const SparseRow& entries,
                   std::size_t width,
                   const float* dense,
                   const RowsIn& matrix,
                   const AffineRow& affine,
                   float* out) {
    for (std::size_t u = 0; u < width; ++u) {
        float sum = dense[u];
        for (std::size_t i = 0; i < entries.size; ++i) {
            sum -= entries.values[i] * matrix.row(entries.columns[i])[u];
        }
        out[u] = sum * affine.scale + (affine.bias == nullptr ? 0.0F : affine.bias[u]);
    }
}

LTFB_MULTIVERSION
void subtract_entries(const SparseEntries& entries,
                      const float* matrix,
                      std::size_t matrix_stride,
                      float* out,
                      std::size_t stride) {
    const SparseEntries own = entries;  // which no store changes
    for (std::size_t i = 0; i < own.size; ++i) {
        const float* from = matrix + own.columns[i] * matrix_stride;
        float* to = out + own.rows[i] * stride;
        const Lanes value = Lanes{} + own.values[i];
#pragma GCC unroll 2
        for (std::size_t v = 0; v < block_width; v += lanes) {
            Lanes factors;
            Lanes sums;
            load(from + v, factors);
            load(to + v, sums);
            sums -= value * factors;
            store(to + v, sums);
        }
    }
}

LTFB_MULTIVERSION
float dot(std::size_t width, const float* left, const float* right) {
    Lanes sums[vectors] = {};  // NOLINT(modernize-avoid-c-arrays): as above
    const auto add = [&](std::size_t at, Lanes& to) {
        Lanes a;
        Lanes b;
        load(left + at, a);
        load(right + at, b);
        to += a * b;
    };
    std::size_t u = 0;
    for (; u + vectors * lanes <= width; u += vectors * lanes) {
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors; ++v) { add(u + v * lanes, sums[v]); }
    }
    for (; u + lanes <= width; u += lanes) { add(u, sums[0]); }
    const Lanes all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float sum = 0.0F;
    for (std::size_t l = 0; l < lanes; ++l) { sum += all[l]; }
    for (; u < width; ++u) { sum += left[u] * right[u]; }
    return sum;
}

}  // namespace

void SparseRows::clear(const RowCount& count) {
    begins.resize(count.rows);
    ends.resize(count.rows);
    for (std::size_t r = 0; r < count.rows; ++r) { begins[r] = ends[r] = r * (count.width + 1); }
    columns.resize(count.rows * (count.width + 1));
    values.resize(columns.size());
}

void SparseRows::assign_transpose(const SparseRows& other, std::size_t columns_of_other) {
    assign(columns_of_other, [&](const auto& visit) {
        for (std::size_t r = 0; r < other.rows(); ++r) {
            for (std::size_t i = other.begins[r]; i < other.ends[r]; ++i) {
                visit(other.columns[i], r, other.values[i]);
            }
        }
    });
}

void find_dropped(const GroupRows& group,
                  std::size_t layer,
                  std::size_t width,
                  const RowsIn& active,
                  const DropoutLots& lots,
                  SparseRows& dropped) {
    constexpr std::size_t piece = 2048;  // units whose lots are held at once
#pragma omp parallel for
    for (std::size_t s = 0; s < group.rows; ++s) {
        alignas(64) std::array<std::uint16_t, piece> row_lots;
        const std::size_t r = group.first_row + s;
        const float* row = active.row(r);
        std::size_t end = dropped.begins[r];
        for (std::size_t u = 0; u < width; u += piece) {
            const std::size_t n = std::min(piece, width - u);
            lots.draw(group.group, layer, s, u, std::span(row_lots).first(lots_for(n)));
            end += append_dropped(n,
                                  static_cast<std::uint32_t>(u),
                                  row_lots.data(),
                                  lots.threshold(),
                                  row + u,
                                  &dropped.columns[end]);
        }
        dropped.ends[r] = end;
        for (std::size_t i = dropped.begins[r]; i < end; ++i) {
            dropped.values[i] = row[dropped.columns[i]];
        }
    }
}

void subtract_row_product(const SparseRow& sparse,
                          std::size_t width,
                          const float* dense,
                          const RowsIn& matrix,
                          const AffineRow& affine,
                          float* out) {
    if (width == product_strip) {
        subtract_strip(sparse, dense, matrix.values, matrix.stride, affine, out);
    } else {
        subtract_tail(sparse, width, dense, matrix, affine, out);
    }
}

float dot_product(std::size_t width, const float* left, const float* right) {
    return dot(width, left, right);
}

void subtract_block_product(const SparseEntries& sparse, const RowsIn& matrix, const RowsOut& out) {
    subtract_entries(sparse, matrix.values, matrix.stride, out.values, out.stride);
}

void subtract_product(const SparseRows& sparse,
                      std::size_t width,
                      const RowsIn& dense,
                      const RowsIn& matrix,
                      const AffineRow& affine,
                      const RowsOut& out) {
    // All threads are in the same strip at the same time: they share what they find in the cache.
#pragma omp parallel
    for (std::size_t u = 0; u < width; u += product_strip) {
        const AffineRow part{affine.scale, affine.bias == nullptr ? nullptr : affine.bias + u};
#pragma omp for nowait
        for (std::size_t r = 0; r < sparse.rows(); ++r) {
            subtract_row_product(sparse.row(r),
                                 std::min(product_strip, width - u),
                                 dense.row(r) + u,
                                 {matrix.values + u, matrix.stride},
                                 part,
                                 out.row(r) + u);
        }
    }
}

void sample_products(SparseRows& sparse,
                     std::size_t width,
                     const RowsIn& left,
                     const RowsIn& right) {
    constexpr std::size_t piece = 128;
#pragma omp parallel
    {
#pragma omp for
        for (std::size_t r = 0; r < sparse.rows(); ++r) {
            std::fill(&sparse.values[sparse.begins[r]], &sparse.values[sparse.ends[r]], 0.0F);
        }
        for (std::size_t u = 0; u < width; u += piece) {
#pragma omp for nowait
            for (std::size_t r = 0; r < sparse.rows(); ++r) {
                for (std::size_t i = sparse.begins[r]; i < sparse.ends[r]; ++i) {
                    sparse.values[i] += dot(std::min(piece, width - u),
                                            left.row(r) + u,
                                            right.row(sparse.columns[i]) + u);
                }
            }
        }
    }
}

void subtract_by_entity(const EntityRows& groups, const SparseRows& sparse, const RowsOut& out) {
    const std::size_t entities = groups.starts.size() - 1;
#pragma omp parallel for schedule(dynamic, 4)
    for (std::size_t e = 0; e < entities; ++e) {
        float* row = out.row(e);
        for (std::uint32_t g = groups.starts[e]; g < groups.starts[e + 1]; ++g) {
            const std::uint32_t r = groups.rows[g];
            for (std::size_t i = sparse.begins[r]; i < sparse.ends[r]; ++i) {
                row[sparse.columns[i]] -= sparse.values[i];
            }
        }
    }
}

}  // namespace ltfb::trainer
