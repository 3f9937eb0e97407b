#pragma once

#include <oneapi/dnnl/dnnl.hpp>

// oneDNN 2.x describes an operation before the primitive; 3.x does both in one constructor.
namespace ltfb::trainer::onednn {

struct InnerProductShapes {
    dnnl::memory::desc source;
    dnnl::memory::desc weights;
    dnnl::memory::desc bias;
    dnnl::memory::desc destination;
};

using Forward = dnnl::inner_product_forward;
using BackwardData = dnnl::inner_product_backward_data;
using BackwardWeights = dnnl::inner_product_backward_weights;

inline Forward::primitive_desc describe_forward(const dnnl::engine& engine,
                                                const InnerProductShapes& s,
                                                const dnnl::primitive_attr& attributes) {
    constexpr auto kind = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
    return {engine, kind, s.source, s.weights, s.bias, s.destination, attributes};
#else
    return {{kind, s.source, s.weights, s.bias, s.destination}, attributes, engine};
#endif
}

inline BackwardData::primitive_desc describe_backward_data(const dnnl::engine& engine,
                                                           const InnerProductShapes& s,
                                                           const dnnl::primitive_attr& attributes) {
    const auto hint = describe_forward(engine, s, attributes);
#if DNNL_VERSION_MAJOR >= 3
    return {engine, s.source, s.weights, s.destination, hint, attributes};
#else
    return {{s.source, s.weights, s.destination}, attributes, engine, hint};
#endif
}

inline BackwardWeights::primitive_desc describe_backward_weights(
    const dnnl::engine& engine,
    const InnerProductShapes& s,
    const dnnl::primitive_attr& attributes) {
    const auto hint = describe_forward(engine, s, attributes);
#if DNNL_VERSION_MAJOR >= 3
    return {engine, s.source, s.weights, s.bias, s.destination, hint, attributes};
#else
    return {{s.source, s.weights, s.bias, s.destination}, attributes, engine, hint};
#endif
}

}  // namespace ltfb::trainer::onednn
