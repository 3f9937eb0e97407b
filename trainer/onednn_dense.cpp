#include "trainer/onednn_dense.hpp"

#include <algorithm>
#include <array>

#include "trainer/onednn_version.hpp"

namespace ltfb::trainer {

namespace {

using dnnl::memory;

onednn::InnerProductShapes shapes_of(const DenseShape& shape) {
    const auto rows = static_cast<memory::dim>(shape.rows);
    const auto inputs = static_cast<memory::dim>(shape.inputs);
    const auto outputs = static_cast<memory::dim>(shape.outputs);
    const auto f32 = memory::data_type::f32;
    return {.source = {{rows, inputs}, f32, memory::format_tag::nc},
            .weights = {{outputs, inputs}, f32, memory::format_tag::io},
            .bias = {{outputs}, f32, memory::format_tag::a},
            .destination = {{rows, outputs}, f32, memory::format_tag::nc}};
}

void point(std::unordered_map<int, memory>& arguments, int argument, const float* values) {
    // oneDNN takes no pointer to const, and writes to destinations alone.
    arguments.at(argument).set_data_handle(const_cast<float*>(values));
}

}  // namespace

OnednnDense::OnednnDense() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

template <class Describe>
OnednnDense::Operation& OnednnDense::prepared(Operations& operations,
                                              const DenseShape& shape,
                                              const Describe& describe) {
    const auto [found, is_new] = operations.try_emplace(shape);
    Operation& operation = found->second;
    if (!is_new) { return operation; }
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto description = describe(engine_, shapes_of(shape), attributes);
    operation.primitive = dnnl::primitive(description);
    for (const int argument : {DNNL_ARG_SRC,
                               DNNL_ARG_WEIGHTS,
                               DNNL_ARG_BIAS,
                               DNNL_ARG_DST,
                               DNNL_ARG_DIFF_SRC,
                               DNNL_ARG_DIFF_WEIGHTS,
                               DNNL_ARG_DIFF_BIAS,
                               DNNL_ARG_DIFF_DST}) {
        const auto form = description.query_md(dnnl::query::exec_arg_md, argument);
        if (form.get_size() == 0) { continue; }
        operation.arguments.emplace(argument, memory(form, engine_, nullptr));
    }
    const auto scratch = description.scratchpad_desc();
    if (scratch.get_size() > scratch_.size()) {
        scratch_ = AlignedArray<std::byte>(scratch.get_size());
    }
    operation.arguments.emplace(DNNL_ARG_SCRATCHPAD, memory(scratch, engine_, nullptr));
    return operation;
}

void OnednnDense::execute(Operation& operation) {
    operation.arguments.at(DNNL_ARG_SCRATCHPAD).set_data_handle(scratch_.data());
    operation.primitive.execute(stream_, operation.arguments);
    stream_.wait();
}

void OnednnDense::forward(
    const DenseShape& shape, const float* x, const float* w, const float* bias, float* y) {
    if (shape.rows == 0) { return; }
    Operation& operation = prepared(forward_, shape, onednn::describe_forward);
    point(operation.arguments, DNNL_ARG_SRC, x);
    point(operation.arguments, DNNL_ARG_WEIGHTS, w);
    point(operation.arguments, DNNL_ARG_BIAS, bias);
    point(operation.arguments, DNNL_ARG_DST, y);
    execute(operation);
}

void OnednnDense::input_gradient(const DenseShape& shape,
                                 const float* dy,
                                 const float* w,
                                 float* dx) {
    if (shape.rows == 0) { return; }
    Operation& operation = prepared(input_gradient_, shape, onednn::describe_backward_data);
    point(operation.arguments, DNNL_ARG_DIFF_DST, dy);
    point(operation.arguments, DNNL_ARG_WEIGHTS, w);
    point(operation.arguments, DNNL_ARG_DIFF_SRC, dx);
    execute(operation);
}

void OnednnDense::weight_gradient(
    const DenseShape& shape, const float* x, const float* dy, float* dw, float* dbias) {
    if (shape.rows == 0) {
        std::fill_n(dw, shape.inputs * shape.outputs, 0.0F);
        std::fill_n(dbias, shape.outputs, 0.0F);
        return;
    }
    Operation& operation = prepared(weight_gradient_, shape, onednn::describe_backward_weights);
    point(operation.arguments, DNNL_ARG_SRC, x);
    point(operation.arguments, DNNL_ARG_DIFF_DST, dy);
    point(operation.arguments, DNNL_ARG_DIFF_WEIGHTS, dw);
    point(operation.arguments, DNNL_ARG_DIFF_BIAS, dbias);
    execute(operation);
}

}  // namespace ltfb::trainer
