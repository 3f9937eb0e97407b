#pragma once

#include <cstddef>

#include "core/aligned.hpp"
#include "data/samples.hpp"
#include "trainer/dropout.hpp"
#include "trainer/onednn_dense.hpp"

namespace ltfb::trainer {

/// Memory that grows to the largest size asked for and is then kept; growing loses the content.
class Scratch {
public:
    float* reserve(std::size_t floats) {
        if (floats > values_.size()) { values_ = AlignedArray<float>(floats); }
        return values_.data();
    }
    [[nodiscard]] float* data() noexcept { return values_.data(); }
    [[nodiscard]] const float* data() const noexcept { return values_.data(); }

private:
    AlignedArray<float> values_;
};

/// What the tracks and the top of a network use in turn.
struct OnednnWorkspace {
    OnednnDense dense;
    Scratch before_relu;  // z of the block at hand
    Scratch before_relu_gradient;
    Scratch input_gradient;
};

/// What both passes of a track need; the same for both.
struct TrackPass {
    OnednnWorkspace& workspace;
    const float* weights;  // [arena]
    data::RowBlock features;
    std::span<const std::uint32_t> ids;  // of the rows of `features`
    const DropoutLots& lots;
};

}  // namespace ltfb::trainer
