#pragma once

#include <limits>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/shard.hpp"
#include "trainer/blocked/tile_ops.hpp"
#include "trainer/model.hpp"

namespace ltfb::trainer::blocked {

inline constexpr std::size_t no_backward = std::numeric_limits<std::size_t>::max();

/// How a layer's weights are cut into blocks. Inputs come in equal parts (the first layer after the
/// concatenation has one a track), each padded to whole blocks; `extra` inputs behind them (doses)
/// are left to fp32.
struct LayerBlocks {
    Layer layer;
    std::size_t parts = 1;
    std::size_t part_inputs = 0;
    std::size_t part_blocks = 0;  // along the inputs
    std::size_t output_blocks = 0;
    std::size_t value_bytes = 0;
    std::size_t forward_at = 0;   // byte of the packed weights: W as right operand
    std::size_t backward_at = 0;  // W^T as right operand; no_backward: nobody needs it

    [[nodiscard]] bool has_backward() const { return backward_at != no_backward; }

    /// A row of blocks in the arena: whole rows of weights, one after the other.
    struct Rows {
        std::size_t at = 0;     // position in the arena
        std::size_t count = 0;  // less than 32 at the end of a part
    };

    [[nodiscard]] std::size_t input_blocks() const { return parts * part_blocks; }
    [[nodiscard]] std::size_t extra_at() const {
        return layer.weights_at + parts * part_inputs * layer.outputs;
    }
    [[nodiscard]] std::size_t extra_inputs() const { return layer.inputs - parts * part_inputs; }
    [[nodiscard]] Rows rows(std::size_t input_block) const;
    [[nodiscard]] ArenaRange range(std::size_t input_block) const {
        const Rows r = rows(input_block);
        return {r.at, r.at + r.count * layer.outputs};
    }
};

enum class Passes { forward, both };

/// Where the layers of a Combo model lie in its packed weights: the copy of all matrices but the
/// output layer's, as operands of both passes.
class PackedLayout {
public:
    PackedLayout(const ModelLayout& layout, std::size_t value_bytes, Passes passes = Passes::both);

    std::vector<LayerBlocks> cell_track;
    std::vector<LayerBlocks> drug_track;
    std::vector<LayerBlocks> top;  // without the output layer
    std::size_t size_bytes = 0;

    /// Tracks in this order, then the top.
    [[nodiscard]] std::vector<const LayerBlocks*> layers() const;
};

inline Panels forward_panels(const LayerBlocks& layer, std::byte* packed) {
    return {packed + layer.forward_at, layer.input_blocks(), layer.value_bytes};
}
/// Not for the first layer of a track: nobody asks for the gradient of features.
inline Panels backward_panels(const LayerBlocks& layer, std::byte* packed) {
    return {packed + layer.backward_at, layer.output_blocks, layer.value_bytes};
}

/// Packs a row of blocks of a layer as its weights become known, rows in pairs from the first on.
class RowPacker {
public:
    /// `scratch`: grown where needed.
    RowPacker(const TileOps& ops,
              const LayerBlocks& layer,
              std::size_t input_block,
              std::byte* packed,
              AlignedArray<std::byte>& scratch);

    /// The next pair of rows [outputs]; `odd` is null where the layer has no row left.
    void add(const float* even, const float* odd);
    /// After the last pair.
    void finish();

private:
    void clear_rows(std::size_t tile, std::size_t first) const;
    void flush();

    const TileOps& ops_;
    const LayerBlocks& layer_;
    std::size_t input_block_;
    std::byte* packed_;
    Panels left_;           // the panel at hand, as left operand
    std::size_t rows_ = 0;  // added
};

/// Writes what the weights of `range` determine of one row of blocks, which other seats hold the
/// rest of: no value of theirs.
void pack_partly(const TileOps& ops,
                 const LayerBlocks& layer,
                 std::size_t input_block,
                 std::span<const float> weights,
                 ArenaRange range,
                 std::byte* packed);

/// Writes what the weights of `range` determine of the packed weights, with the OpenMP threads that
/// are set.
void pack_weights(const TileOps& ops,
                  const PackedLayout& layout,
                  std::span<const float> weights,
                  ArenaRange range,
                  std::byte* packed);

}  // namespace ltfb::trainer::blocked
