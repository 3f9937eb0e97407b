#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <unordered_map>

#include <oneapi/dnnl/dnnl.hpp>

#include "core/aligned.hpp"

namespace ltfb::trainer {

/// Sizes of a fully connected layer applied to `rows` rows.
struct DenseShape {
    std::size_t rows = 0;
    std::size_t inputs = 0;
    std::size_t outputs = 0;

    auto operator<=>(const DenseShape&) const = default;
};

/// The three matrix products of fully connected layers, in fp32. Matrices are row-major without
/// gaps: x [b x i], w [i x o], y [b x o]. Primitives are made on first use of a shape and kept.
/// Uses the OpenMP threads that are set when it is called.
class OnednnDense {
public:
    OnednnDense();

    /// y = x w + bias
    void forward(
        const DenseShape& shape, const float* x, const float* w, const float* bias, float* y);
    /// dx = dy w^T
    void input_gradient(const DenseShape& shape, const float* dy, const float* w, float* dx);
    /// dw = x^T dy, dbias = column sums of dy
    void weight_gradient(
        const DenseShape& shape, const float* x, const float* dy, float* dw, float* dbias);

private:
    struct Operation {
        dnnl::primitive primitive;
        std::unordered_map<int, dnnl::memory> arguments;
    };
    using Operations = std::map<DenseShape, Operation>;

    template <class Describe>
    Operation& prepared(Operations& operations, const DenseShape& shape, const Describe& describe);
    void execute(Operation& operation);

    dnnl::engine engine_;
    dnnl::stream stream_;
    Operations forward_;
    Operations input_gradient_;
    Operations weight_gradient_;
    AlignedArray<std::byte> scratch_;
};

}  // namespace ltfb::trainer
