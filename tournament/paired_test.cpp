#include "tournament/paired_test.hpp"

#include <cassert>
#include <cmath>
#include <limits>

#include <boost/math/distributions/students_t.hpp>

namespace ltfb::tournament {

namespace {

double two_sided_p(double t, double degrees_of_freedom) {
    if (std::isinf(t)) { return 0.0; }
    const boost::math::students_t distribution(degrees_of_freedom);
    return 2.0 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)));
}

}  // namespace

Comparison compare_paired(std::span<const double> own_losses,
                          std::span<const double> challenger_losses) {
    assert(own_losses.size() == challenger_losses.size());
    Comparison comparison{.samples = own_losses.size()};
    const auto n = static_cast<double>(own_losses.size());
    if (own_losses.empty()) { return comparison; }

    double sum = 0.0;
    for (std::size_t i = 0; i < own_losses.size(); ++i) {
        sum += own_losses[i] - challenger_losses[i];
    }
    comparison.mean_difference = sum / n;

    // A second pass: sum of squares minus squared sum cancels where models are nearly alike.
    double squares = 0.0;
    for (std::size_t i = 0; i < own_losses.size(); ++i) {
        const double residual = own_losses[i] - challenger_losses[i] - comparison.mean_difference;
        squares += residual * residual;
    }
    if (own_losses.size() < 2 || !std::isfinite(squares) || comparison.mean_difference == 0.0) {
        return comparison;
    }
    const double standard_error = std::sqrt(squares / (n - 1.0) / n);
    comparison.t_statistic = comparison.mean_difference / standard_error;
    comparison.p_value = two_sided_p(comparison.t_statistic, n - 1.0);
    return comparison;
}

}  // namespace ltfb::tournament
