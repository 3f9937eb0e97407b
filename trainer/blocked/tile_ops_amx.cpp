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

/// Products of the tiles at one depth. After each tile instruction a few lines of the next depth's
/// tiles are fetched into the first cache: where the core's other thread, a neighbour's, uses tiles
/// too, they come from there a third faster, and that fast only if other instructions lie between
/// them (experiments/README.md).
template <int parts>
class Depth {
public:
    Depth(const Product& product, std::size_t t) {
        const PanelPair operands[] = {product.right, product.left};
        for (int i = 0; i < 2; ++i) {
            tiles_[2 * i] = operands[i].first + t * tile_bytes(parts);
            tiles_[2 * i + 1] = operands[i].second + t * tile_bytes(parts);
        }
    }

    [[gnu::always_inline]] void load_right(int part) {
        _tile_loadd(6, tiles_[0] + part * line, row);
        fetch();
        _tile_loadd(7, tiles_[1] + part * line, row);
        fetch();
    }
    [[gnu::always_inline]] void load_left(int part) {
        _tile_loadd(4, tiles_[2] + part * line, row);
        fetch();
        _tile_loadd(5, tiles_[3] + part * line, row);
        fetch();
    }
    [[gnu::always_inline]] void add_products() {
        _tile_dpbf16ps(0, 4, 6);
        fetch();
        _tile_dpbf16ps(1, 4, 7);
        fetch();
        _tile_dpbf16ps(2, 5, 6);
        fetch();
        _tile_dpbf16ps(3, 5, 7);
        fetch();
    }

private:
    static constexpr long row = parts * line;  // bytes
    static constexpr int lines_of_tile = static_cast<int>(tile_bytes(parts) / line);
    static constexpr int lines_at_once = parts == 1 ? 8 : 6;  // for 8 and 38 instructions

    // All calls are of one straight piece of code, so that compilers know which lines are meant.
    [[gnu::always_inline]] void fetch() {
#pragma GCC unroll 8
        for (int i = 0; i < lines_at_once; ++i, ++fetched_) {
            if (fetched_ >= 4 * lines_of_tile) { return; }
            const int next = lines_of_tile + fetched_ % lines_of_tile;
            _mm_prefetch(tiles_[fetched_ / lines_of_tile] + next * line, _MM_HINT_T0);
        }
    }

    const std::byte* tiles_[4];
    int fetched_ = 0;
};

void multiply_tiles(const Product& product, std::size_t t) {
    Depth<1> depth(product, t);
    depth.load_right(0);
    depth.load_left(0);
    depth.add_products();
}

// Of the nine products of parts the three smallest come to less than fp32 can tell. The order needs
// the fewest loads.
void multiply_tiles_in_three(const Product& product, std::size_t t) {
    enum Part { high, middle, low };
    Depth<3> depth(product, t);
    depth.load_left(high);
    depth.load_right(low);
    depth.add_products();
    depth.load_right(middle);
    depth.add_products();
    depth.load_left(middle);
    depth.add_products();
    depth.load_right(high);
    depth.add_products();
    depth.load_left(low);
    depth.add_products();
    depth.load_left(high);
    depth.add_products();
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
