// Compiled for AMX; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "trainer/bf16/tile_ops_sets.hpp"

namespace ltfb::trainer::bf16 {

namespace {

struct alignas(64) TileConfig {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

constexpr long row_bytes = 64;  // of a tile
// In memory: compilers may think that loading it reads its first bytes alone.
const TileConfig config;

}  // namespace

void amx_begin() {
    _tile_loadconfig(&config);
}

void amx_end() {
    _tile_release();
    _mm_sfence();
}

// Tiles 0 to 3 hold the block's quarters; each tile of an operand is loaded once for two products.
void amx_multiply(const Product& product, float* block) {
    const auto block_row_bytes = static_cast<long>(product.block_stride * sizeof(float));
    float* lower = block + panel_width * product.block_stride;
    if (product.start == Start::from_zero) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        _tile_loadd(0, block, block_row_bytes);
        _tile_loadd(1, block + panel_width, block_row_bytes);
        _tile_loadd(2, lower, block_row_bytes);
        _tile_loadd(3, lower + panel_width, block_row_bytes);
    }
    const char* ahead = static_cast<const char*>(product.ahead);
    for (std::size_t t = 0; t < product.depth; ++t) {
        const std::size_t at = t * tile_values;
        _tile_loadd(6, product.right.first + at, row_bytes);
        _tile_loadd(4, product.left.first + at, row_bytes);
        _tile_loadd(7, product.right.second + at, row_bytes);
        _tile_loadd(5, product.left.second + at, row_bytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        for (std::size_t line = 0; line < product.ahead_lines; ++line) {
            _mm_prefetch(ahead, _MM_HINT_T1);
            ahead += row_bytes;
        }
    }
    _tile_stored(0, block, block_row_bytes);
    _tile_stored(1, block + panel_width, block_row_bytes);
    _tile_stored(2, lower, block_row_bytes);
    _tile_stored(3, lower + panel_width, block_row_bytes);
}

}  // namespace ltfb::trainer::bf16
#endif
