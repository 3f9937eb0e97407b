#pragma once

#include "trainer/blocked/tile_ops.hpp"

// The sets of operations, each in a file of its own that is compiled for its instructions. Use them
// through tile_ops.hpp, which knows what the processor has. Each begins with a simpler one and puts
// its own in the place of some.
namespace ltfb::trainer::blocked {

TileOps portable_tile_ops(Precision precision);
#if defined(__x86_64__)
/// What does not depend on the precision.
void use_avx512(TileOps& ops);
/// What packs and unpacks values; in bf16 products too.
void use_avx512_parts(TileOps& ops);
void use_amx(TileOps& ops);
#endif

}  // namespace ltfb::trainer::blocked
