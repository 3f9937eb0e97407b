#pragma once

#include <cstddef>
#include <span>

namespace ltfb::tournament {

/// Two models on the same samples, by Student's paired t test of their losses. Where no test is
/// possible (fewer than two samples, a loss that is not finite) it claims nothing: t 0, p 1.
struct Comparison {
    std::size_t samples = 0;
    double mean_difference = 0.0;  // own loss - challenger's loss; positive favours the challenger
    double t_statistic = 0.0;      // infinite where all differences are the same and not 0
    double p_value = 1.0;          // two-sided, samples - 1 degrees of freedom
};

/// `own_losses[i]` and `challenger_losses[i]` belong to the same sample; the sizes are equal.
Comparison compare_paired(std::span<const double> own_losses,
                          std::span<const double> challenger_losses);

}  // namespace ltfb::tournament
