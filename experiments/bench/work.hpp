#pragma once

#include <vector>

#include "trainer/model.hpp"
#include "trainer/onednn_dense.hpp"

namespace ltfb::bench {

/// What a batch has of each.
struct BatchCounts {
    std::size_t samples = 0;
    std::size_t cells = 0;  // distinct cells; as many as samples in dense sets
    std::size_t drugs = 0;  // distinct drugs; twice as many as samples in dense sets
};

/// The matrix products of a step: first layers on the distinct entities, all others by sample.
struct StepShapes {
    StepShapes(const trainer::ModelLayout& layout, const BatchCounts& counts);

    std::vector<trainer::DenseShape> first_layers;  // without an input gradient
    std::vector<trainer::DenseShape> others;
};

/// Floating point operations of these products; a multiply-add counts 2.
double flops_of(const StepShapes& shapes);

/// The same for a prediction of all samples: tracks and the first top layer by entity.
double predict_flops(const trainer::ModelLayout& layout, const BatchCounts& counts);

/// Bytes that an Adam update must move: gradient and weight, two moments in and out.
double update_bytes(const trainer::ModelLayout& layout);

}  // namespace ltfb::bench
