#pragma once

#include <functional>
#include <span>
#include <vector>

#include "data/samples.hpp"
#include "trainer/model.hpp"
#include "trainer/onednn_workspace.hpp"

namespace ltfb::trainer {

/// Predictions without dropout, exact and cheap: whole tracks are computed once per distinct row
/// of the batch, and the first layer after the concatenation as the sum of one part per row,
/// because a product with a concatenation is the sum of the products with its pieces.
class OnednnEvaluation {
public:
    /// `layout` and `workspace` must outlive it.
    OnednnEvaluation(const ModelLayout& layout, OnednnWorkspace& workspace);

    /// `meanwhile`, unless empty, is called between blocks of samples.
    void predict(std::span<const float> weights,
                 const data::Batch& batch,
                 std::span<float> out,
                 const std::function<void()>& meanwhile = {});

private:
    /// Samples that go through the top blocks together; their rows stay in the cache.
    static constexpr std::size_t block = 512;

    /// Runs a track on feature rows; the result lies in `rows` [entities x H].
    void encode(const std::vector<Layer>& track,
                const float* weights,
                const data::RowBlock& features,
                Scratch& rows);
    /// Encoded rows as the `index`-th part of the concatenation.
    struct Piece {
        std::size_t index = 0;
        std::size_t entities = 0;
        const float* rows = nullptr;
    };
    /// The piece's part of the first top layer before ReLU; the first piece brings the bias.
    void project(const Piece& piece, const float* weights, Scratch& out);
    /// First top block of samples [begin, begin + n) into `top_` [n x H].
    void first_block(const data::Batch& batch,
                     const float* weights,
                     std::size_t begin,
                     std::size_t n);
    /// The rest of the network from `top_`, in place, into `out` [n].
    void finish(const float* weights, std::size_t n, float* out);

    const ModelLayout& layout_;
    OnednnWorkspace& workspace_;
    std::vector<float> zero_bias_;
    Scratch cells_;  // encoded rows [entities x H]
    Scratch drugs_;
    Scratch cell_part_;  // their parts of the first top layer [entities x H]
    Scratch drug1_part_;
    Scratch drug2_part_;
    Scratch top_;
};

}  // namespace ltfb::trainer
