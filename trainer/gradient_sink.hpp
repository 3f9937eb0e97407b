#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "trainer/adam.hpp"

namespace ltfb::trainer {

/// Takes a gradient piece by piece, as it is made. Called from several threads at once, for pieces
/// that do not overlap.
class GradientSink {
public:
    GradientSink() = default;
    GradientSink(const GradientSink&) = delete;
    GradientSink& operator=(const GradientSink&) = delete;
    GradientSink(GradientSink&&) = delete;
    GradientSink& operator=(GradientSink&&) = delete;
    virtual ~GradientSink() = default;

    /// The gradient of the rows that begin at arena position `at`.
    virtual void take(std::size_t at, const RowsShape& shape, const GradientRows& gradient) = 0;
    /// Whether `take` has updated the weights when it returns.
    [[nodiscard]] virtual bool has_updated() const noexcept { return false; }
};

/// Writes a gradient to an arena.
class StoreGradient final : public GradientSink {
public:
    /// [arena]
    explicit StoreGradient(std::span<float> arena) : arena_(arena) {}
    void take(std::size_t at, const RowsShape& shape, const GradientRows& gradient) override {
        for (std::size_t r = 0; r < shape.rows; ++r) {
            std::copy_n(gradient.values + r * gradient.stride,
                        shape.columns,
                        &arena_[at + r * shape.stride]);
        }
    }

private:
    std::span<float> arena_;
};

}  // namespace ltfb::trainer
