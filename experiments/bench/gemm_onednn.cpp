#include "experiments/bench/gemm_onednn.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/aligned.hpp"
#include "core/stopwatch.hpp"
#include "experiments/bench/report.hpp"

namespace ltfb::bench {

namespace {

using dnnl::memory;

/// A row-major matrix, or the transpose of one, in memory of its own.
struct Matrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    memory::data_type type = memory::data_type::f32;

    [[nodiscard]] memory::desc desc() const { return desc_of(rows, columns, columns, 1); }
    [[nodiscard]] memory::desc transposed() const { return desc_of(columns, rows, 1, columns); }

private:
    [[nodiscard]] memory::desc desc_of(std::size_t m,
                                       std::size_t n,
                                       std::size_t row_stride,
                                       std::size_t column_stride) const {
        const auto dim = [](std::size_t size) { return static_cast<memory::dim>(size); };
        return {
            memory::dims{dim(m), dim(n)}, type, memory::dims{dim(row_stride), dim(column_stride)}};
    }
};

memory::dims dims_of(const memory::desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
    return desc.get_dims();
#else
    return desc.dims();
#endif
}

dnnl::matmul make_product(const dnnl::engine& engine,
                          const memory::desc& a,
                          const memory::desc& b,
                          const memory::desc& c) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl::matmul(dnnl::matmul::primitive_desc(engine, a, b, c));
#else
    return dnnl::matmul(dnnl::matmul::primitive_desc({a, b, c}, engine));
#endif
}

memory make_values(const memory::desc& desc, const dnnl::engine& engine) {
    memory values(desc, engine);
    // Bytes that are small numbers in fp32 and in bf16: 0x3c3c is 0.0115.
    std::fill_n(static_cast<unsigned char*>(values.get_data_handle()), desc.get_size(), 0x3c);
    return values;
}

/// The same product of every layer.
class Products {
public:
    explicit Products(const dnnl::engine& engine) : engine_(engine), stream_(engine) {}

    void add(const memory::desc& a, const memory::desc& b, const memory::desc& c) {
        products_.push_back(make_product(engine_, a, b, c));
        arguments_.push_back({{DNNL_ARG_SRC, make_values(a, engine_)},
                              {DNNL_ARG_WEIGHTS, make_values(b, engine_)},
                              {DNNL_ARG_DST, make_values(c, engine_)}});
        flops_ += 2.0 * static_cast<double>(dims_of(a)[0] * dims_of(a)[1] * dims_of(b)[1]);
    }

    [[nodiscard]] double flops() const { return flops_; }
    [[nodiscard]] double seconds(int repeats) {
        return median_of(repeats, [&] {
            double seconds = 0.0;
            {
                const Stopwatch watch(seconds);
                for (std::size_t p = 0; p < products_.size(); ++p) {
                    products_[p].execute(stream_, arguments_[p]);
                }
                stream_.wait();
            }
            return seconds;
        });
    }

private:
    const dnnl::engine& engine_;
    dnnl::stream stream_;
    std::vector<dnnl::matmul> products_;
    std::vector<std::unordered_map<int, memory>> arguments_;
    double flops_ = 0.0;
};

}  // namespace

GemmRates measure_gemm(GemmType type, const StepShapes& shapes, int repeats) {
    const auto operand = type == GemmType::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    Products forward(engine);
    Products input_gradient(engine);
    Products weight_gradient(engine);
    const auto add_forward_and_weight_gradient = [&](const trainer::DenseShape& shape) {
        const Matrix x{shape.rows, shape.inputs, operand};
        const Matrix w{shape.inputs, shape.outputs, operand};
        const Matrix y{shape.rows, shape.outputs, operand};
        const Matrix dw{shape.inputs, shape.outputs, memory::data_type::f32};
        forward.add(x.desc(), w.desc(), y.desc());
        weight_gradient.add(x.transposed(), y.desc(), dw.desc());
    };
    try {
        for (const auto& shape : shapes.first_layers) { add_forward_and_weight_gradient(shape); }
        for (const auto& shape : shapes.others) {
            add_forward_and_weight_gradient(shape);
            const Matrix x{shape.rows, shape.inputs, operand};
            const Matrix w{shape.inputs, shape.outputs, operand};
            const Matrix y{shape.rows, shape.outputs, operand};
            input_gradient.add(y.desc(), w.transposed(), x.desc());
        }
    } catch (const dnnl::error& error) {
        if (error.status == dnnl_unimplemented) { return {}; }
        throw;
    }
    GemmRates rates;
    double flops = 0.0;
    double seconds = 0.0;
    const auto measure = [&](Products& products) {
        const double taken = products.seconds(repeats);
        flops += products.flops();
        seconds += taken;
        return 1e-9 * products.flops() / taken;
    };
    rates.forward = measure(forward);
    rates.input_gradient = measure(input_gradient);
    rates.weight_gradient = measure(weight_gradient);
    rates.all = 1e-9 * flops / seconds;
    return rates;
}

}  // namespace ltfb::bench
