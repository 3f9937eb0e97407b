#pragma once

#include "trainer/bf16/tile_ops.hpp"

// The sets of operations, each in a file of its own that is compiled for its instructions. Use them
// through tile_ops.hpp, which knows what the processor has.
namespace ltfb::trainer::bf16 {

extern const TileOps portable_tile_ops;
#if defined(__x86_64__)
extern const TileOps avx512_tile_ops;
void amx_begin();
void amx_end();
void amx_multiply(const Product& product, float* block);
#endif

}  // namespace ltfb::trainer::bf16
