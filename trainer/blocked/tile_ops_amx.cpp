// Compiled for AMX; nothing here may be called on a processor without it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "trainer/blocked/tile_ops_sets.hpp"

namespace ltfb::trainer::blocked {

namespace {

struct alignas(64) TileConfig {
    std::uint8_t palette = 1;
    std::uint8_t start_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

constexpr long line = 64;  // bytes of a row of a tile register
// In memory: compilers may think that loading it reads its first bytes alone.
const TileConfig config;

void begin() {
    _tile_loadconfig(&config);
}

void end() {
    _tile_release();
    _mm_sfence();
}

// Registers 0 to 3 hold the block's quarters, 4 and 5 one part of the left operand's two tiles,
// 6 and 7 one of the right operand's.

void load_block(const Product& product, const float* block) {
    const auto row_bytes = static_cast<long>(product.block_stride * sizeof(float));
    const float* lower = block + panel_width * product.block_stride;
    _tile_loadd(0, block, row_bytes);
    _tile_loadd(1, block + panel_width, row_bytes);
    _tile_loadd(2, lower, row_bytes);
    _tile_loadd(3, lower + panel_width, row_bytes);
}

void store_block(const Product& product, float* block) {
    const auto row_bytes = static_cast<long>(product.block_stride * sizeof(float));
    float* lower = block + panel_width * product.block_stride;
    _tile_stored(0, block, row_bytes);
    _tile_stored(1, block + panel_width, row_bytes);
    _tile_stored(2, lower, row_bytes);
    _tile_stored(3, lower + panel_width, row_bytes);
}

template <int parts>
void load_left(const Product& product, std::size_t tile, int part) {
    const std::size_t at = tile * tile_bytes(parts) + static_cast<std::size_t>(part * line);
    _tile_loadd(4, product.left.first + at, parts * line);
    _tile_loadd(5, product.left.second + at, parts * line);
}

template <int parts>
void load_right(const Product& product, std::size_t tile, int part) {
    const std::size_t at = tile * tile_bytes(parts) + static_cast<std::size_t>(part * line);
    _tile_loadd(6, product.right.first + at, parts * line);
    _tile_loadd(7, product.right.second + at, parts * line);
}

void add_products() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

void multiply_tiles(const Product& product, std::size_t t) {
    load_right<1>(product, t, 0);
    load_left<1>(product, t, 0);
    add_products();
}

// Of the nine products of parts the three smallest come to less than fp32 can tell. The order needs
// the fewest loads.
void multiply_tiles_in_three(const Product& product, std::size_t t) {
    enum Part { high, middle, low };
    load_left<3>(product, t, high);
    load_right<3>(product, t, low);
    add_products();
    load_right<3>(product, t, middle);
    add_products();
    load_left<3>(product, t, middle);
    add_products();
    load_right<3>(product, t, high);
    add_products();
    load_left<3>(product, t, low);
    add_products();
    load_left<3>(product, t, high);
    add_products();
}

template <class Multiply>
void multiply_with(const Product& product, float* block, const Multiply& multiply) {
    if (product.start == Start::from_zero) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        load_block(product, block);
    }
    const char* ahead = static_cast<const char*>(product.ahead);
    for (std::size_t t = 0; t < product.depth; ++t) {
        multiply(product, t);
        for (std::size_t i = 0; i < product.ahead_lines; ++i) {
            _mm_prefetch(ahead, _MM_HINT_T1);
            ahead += line;
        }
    }
    store_block(product, block);
}

}  // namespace

void use_amx(TileOps& ops) {
    ops.name = "amx";
    ops.begin = begin;
    ops.end = end;
    if (ops.precision == Precision::bf16) {
        ops.multiply = [](const Product& product, float* block) {
            multiply_with(product, block, multiply_tiles);
        };
    } else {
        ops.multiply = [](const Product& product, float* block) {
            multiply_with(product, block, multiply_tiles_in_three);
        };
    }
}

}  // namespace ltfb::trainer::blocked
#endif
