#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "core/rng.hpp"

namespace ltfb::tournament {

/// Where a time-varying function was or is looked at: a point of the unit cube, at a time.
struct TimedPoint {
    double time = 0.0;
    std::vector<double> at;
};

/// The covariance of the values at two points,
///
///     variance * exp(-|x - x'|^2 / (2 lengthscale^2)) * (1 - forgetting)^(|t - t'| / 2)
///
/// and of the noise on top, noise * variance (Bogunovic et al. 2016; Parker-Holder et al. 2020,
/// section 4).
struct TimeVaryingKernel {
    double lengthscale = 0.3;
    double forgetting = 0.1;  // in [0, 1)
    double noise = 0.1;       // variance of the noise as a fraction of `variance`
    double variance = 1.0;
};

/// Regression of a function of mean 0 by a Gaussian process.
class GaussianProcess {
public:
    /// `values` at `points`; sizes are equal and not 0. Adds to the diagonal what a singular matrix
    /// needs to be solved.
    GaussianProcess(std::vector<TimedPoint> points,
                    std::span<const double> values,
                    const TimeVaryingKernel& kernel);

    [[nodiscard]] double mean_at(const TimedPoint& point) const;
    /// Of the function, without noise.
    [[nodiscard]] double standard_deviation_at(const TimedPoint& point) const;
    [[nodiscard]] const TimeVaryingKernel& kernel() const noexcept { return kernel_; }

private:
    [[nodiscard]] Eigen::VectorXd correlations_with(const TimedPoint& point) const;

    std::vector<TimedPoint> points_;
    TimeVaryingKernel kernel_;
    Eigen::LLT<Eigen::MatrixXd> factor_;  // of correlations + noise
    Eigen::VectorXd weights_;
};

/// Logarithm of the marginal likelihood of `values` under the kernel with the variance that
/// maximises it, which is written to `kernel.variance` (closed form; Rasmussen and Williams 2006,
/// equation 5.8).
double fit_variance(const std::vector<TimedPoint>& points,
                    std::span<const double> values,
                    TimeVaryingKernel& kernel);

/// The kernel that maximises the marginal likelihood within lengthscale 0.05 to 1 (the published
/// upper limit), forgetting 0 to 0.9 and noise 0.0001 to 10.
TimeVaryingKernel fit_kernel(const std::vector<TimedPoint>& points,
                             std::span<const double> values,
                             Rng& rng);

}  // namespace ltfb::tournament
