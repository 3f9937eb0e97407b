#pragma once

#include <cstdint>
#include <vector>

#include "trainer/bf16/matrices.hpp"
#include "trainer/bf16/packed_weights.hpp"

namespace ltfb::trainer::bf16 {

/// Consecutive tiles of panels.
struct TileRun {
    std::size_t first = 0;
    std::size_t count = 0;
};

/// What a layer's weight gradient is made of: input^T times gradient, over the positions of all
/// seats of the group.
struct LayerGradient {
    const LayerBlocks* layer = nullptr;
    Panels inputs;                        // left [inputs x positions]
    Panels gradients;                     // right [positions x outputs]
    std::uint32_t* tiles_used = nullptr;  // of each seat, in group memory [seats]
    std::size_t seat_tiles = 0;           // room for each seat's positions

    /// Appends the positions that are used, as few runs as they make.
    void add_runs(std::size_t seats, std::vector<TileRun>& runs) const;
};

inline void LayerGradient::add_runs(std::size_t seats, std::vector<TileRun>& runs) const {
    const std::size_t begin = runs.size();
    for (std::size_t seat = 0; seat < seats; ++seat) {
        const TileRun run{seat * seat_tiles, tiles_used[seat]};
        if (run.count == 0) { continue; }
        if (runs.size() > begin && runs.back().first + runs.back().count == run.first) {
            runs.back().count += run.count;
        } else {
            runs.push_back(run);
        }
    }
}

}  // namespace ltfb::trainer::bf16
