#pragma once

#include "trainer/blocked/dropped_units.hpp"
#include "trainer/blocked/matrices.hpp"
#include "trainer/blocked/packed_weights.hpp"

namespace ltfb::trainer::blocked {

/// What a layer's weight gradient is made of: input^T times gradient, over the positions of all
/// seats of the group.
struct LayerGradient {
    const LayerBlocks* layer = nullptr;
    Panels inputs;          // left [inputs x positions]
    Panels gradients;       // right [positions x outputs]
    std::size_t tiles = 0;  // in use; the panels have room for more
    // What is to be subtracted: units that single rows lack, times those rows' gradients.
    const DroppedUnits* dropped = nullptr;
    RowsIn row_gradients{};  // [rows x outputs, up to whole blocks]
};

}  // namespace ltfb::trainer::blocked
