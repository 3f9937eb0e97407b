#include "tournament/gaussian_process.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "tournament/box_search.hpp"

namespace ltfb::tournament {

namespace {

double correlation(const TimedPoint& a, const TimedPoint& b, const TimeVaryingKernel& kernel) {
    double squares = 0.0;
    for (std::size_t i = 0; i < a.at.size(); ++i) {
        squares += (a.at[i] - b.at[i]) * (a.at[i] - b.at[i]);
    }
    return std::exp(-0.5 * squares / (kernel.lengthscale * kernel.lengthscale) +
                    0.5 * std::abs(a.time - b.time) * std::log1p(-kernel.forgetting));
}

Eigen::MatrixXd correlations(const std::vector<TimedPoint>& points,
                             const TimeVaryingKernel& kernel) {
    const auto n = static_cast<Eigen::Index>(points.size());
    Eigen::MatrixXd matrix(n, n);
    for (Eigen::Index column = 0; column < n; ++column) {
        for (Eigen::Index row = column; row < n; ++row) {
            matrix(row, column) = correlation(points[static_cast<std::size_t>(row)],
                                              points[static_cast<std::size_t>(column)],
                                              kernel);
        }
    }
    return matrix;  // the lower triangle, which is all that the factorisation reads
}

Eigen::LLT<Eigen::MatrixXd> factorise(const std::vector<TimedPoint>& points,
                                      const TimeVaryingKernel& kernel) {
    Eigen::MatrixXd matrix = correlations(points, kernel);
    matrix.diagonal().array() += kernel.noise;
    Eigen::LLT<Eigen::MatrixXd> factor(matrix);
    for (double jitter = 1e-10; factor.info() != Eigen::Success && jitter < 1.0; jitter *= 10.0) {
        matrix.diagonal().array() += jitter;
        factor.compute(matrix);
    }
    return factor;
}

Eigen::Map<const Eigen::VectorXd> as_vector(std::span<const double> values) {
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}

/// From the unit cube, in which the search for a kernel takes place.
TimeVaryingKernel kernel_at(std::span<const double> unit) {
    const auto between = [](double low, double high, double u) {
        return low * std::pow(high / low, u);
    };
    return {.lengthscale = between(0.05, 1.0, unit[0]),
            .forgetting = 0.9 * unit[1] * unit[1],  // half of the search goes below 0.225
            .noise = between(1e-4, 10.0, unit[2])};
}

}  // namespace

GaussianProcess::GaussianProcess(std::vector<TimedPoint> points,
                                 std::span<const double> values,
                                 const TimeVaryingKernel& kernel)
    : points_(std::move(points)),
      kernel_(kernel),
      factor_(factorise(points_, kernel_)),
      weights_(factor_.solve(as_vector(values))) {
    assert(!points_.empty() && points_.size() == values.size());
}

Eigen::VectorXd GaussianProcess::correlations_with(const TimedPoint& point) const {
    Eigen::VectorXd result(static_cast<Eigen::Index>(points_.size()));
    for (std::size_t i = 0; i < points_.size(); ++i) {
        result[static_cast<Eigen::Index>(i)] = correlation(points_[i], point, kernel_);
    }
    return result;
}

double GaussianProcess::mean_at(const TimedPoint& point) const {
    return correlations_with(point).dot(weights_);
}

double GaussianProcess::standard_deviation_at(const TimedPoint& point) const {
    const Eigen::VectorXd known = factor_.matrixL().solve(correlations_with(point));
    return std::sqrt(kernel_.variance * std::max(0.0, 1.0 - known.squaredNorm()));
}

double fit_variance(const std::vector<TimedPoint>& points,
                    std::span<const double> values,
                    TimeVaryingKernel& kernel) {
    const auto n = static_cast<double>(values.size());
    const auto factor = factorise(points, kernel);
    const Eigen::VectorXd whitened = factor.matrixL().solve(as_vector(values));
    constexpr double smallest = 1e-12;  // where all values are 0
    kernel.variance = std::max(smallest, whitened.squaredNorm() / n);
    const double log_determinant =
        2.0 * factor.matrixLLT().diagonal().array().log().sum() + n * std::log(kernel.variance);
    return -0.5 * (whitened.squaredNorm() / kernel.variance + log_determinant +
                   n * std::log(2.0 * std::numbers::pi));
}

TimeVaryingKernel fit_kernel(const std::vector<TimedPoint>& points,
                             std::span<const double> values,
                             Rng& rng) {
    const auto likelihood = [&](std::span<const double> unit) {
        TimeVaryingKernel kernel = kernel_at(unit);
        return fit_variance(points, values, kernel);
    };
    const BoxEffort effort{.samples = 16, .starts = 1, .first_step = 0.1, .last_step = 0.02};
    TimeVaryingKernel kernel = kernel_at(maximise_in_box(likelihood, 3, effort, rng).at);
    fit_variance(points, values, kernel);
    return kernel;
}

}  // namespace ltfb::tournament
