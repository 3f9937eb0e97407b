#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "data/samples.hpp"
#include "trainer/blocked/matrices.hpp"
#include "trainer/blocked/packed_weights.hpp"

namespace ltfb::trainer::blocked {

/// Predictions without dropout, exact and cheap: whole tracks are computed once per feature row,
/// and the first layer after the concatenation as the sum of one part per row (fp32), because a
/// product with a concatenation is the sum of the products with its pieces.
class Evaluation {
public:
    /// All must outlive it.
    Evaluation(const ModelLayout& layout, const TileOps& ops);

    /// Uses the OpenMP threads that are set. `meanwhile`, unless empty, is called now and then from
    /// the calling thread.
    void predict(std::span<const float> weights,
                 const data::Batch& batch,
                 std::span<float> out,
                 const std::function<void()>& meanwhile = {});

private:
    /// Samples that a thread takes through the top at once; their rows stay in its second cache.
    static constexpr std::size_t chunk_blocks = 8;
    static constexpr std::size_t chunk = chunk_blocks * side;
    struct Scratch {
        AlignedArray<std::byte> input;
        AlignedArray<std::byte> output;
    };

    [[nodiscard]] std::size_t units() const { return packed_layout_.top.front().part_blocks; }
    [[nodiscard]] std::size_t width() const { return units() * side; }
    [[nodiscard]] std::span<const float> bias(std::size_t l) const {
        return biases_.span().subspan(l * width(), width());
    }
    /// Memory for blocks of an operand, grown where needed.
    Panels panels_in(AlignedArray<std::byte>& memory, std::size_t blocks, std::size_t depth) const;
    void load(std::span<const float> weights);
    /// Runs a track on feature rows; the result is a left operand [rows x width].
    Panels encode(const std::vector<LayerBlocks>& track,
                  std::span<const float> weights,
                  const data::RowBlock& features);
    /// Its product with a part of the first top layer's weights [rows x width].
    void project(const Panels& encoded,
                 std::size_t rows,
                 std::size_t part,
                 AlignedArray<float>& out);
    void predict_chunk(const data::Batch& batch,
                       std::span<const float> weights,
                       std::size_t first,
                       Scratch& scratch,
                       std::span<float> out) const;
    void first_block(const data::Batch& batch,
                     std::size_t first,
                     std::size_t rows,
                     std::size_t column,
                     float* block) const;

    const ModelLayout& layout_;
    const TileOps& ops_;
    PackedLayout packed_layout_;
    AlignedArray<std::byte> packed_;
    AlignedArray<float> biases_;  // of the top layers, the output layer's weights [width] each
    AlignedArray<float> dose_weights_;  // [2 x width]
    AlignedArray<std::byte> features_;
    AlignedArray<std::byte> encoded_[2];  // in turn
    AlignedArray<float> cell_part_;
    AlignedArray<float> drug_parts_[2];
    std::vector<Scratch> scratch_;  // of each thread
};

}  // namespace ltfb::trainer::blocked
