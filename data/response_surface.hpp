#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace ltfb::data {

inline constexpr std::size_t factors = 6;
/// Latent factors of a cell or drug.
using Latent = std::array<double, factors>;

double dot(const Latent& a, const Latent& b);

/// z of generate.hpp: the same for either order of the drugs.
double surface(const Latent& cell, const Latent& drug1, const Latent& drug2);

/// Maps the k-th smallest of n values as if it were the quantile k / n of NCI-ALMANAC's growth,
/// linear in the value between a few knots: quartiles as published, tails such that mean (0.316)
/// and standard deviation (0.531) come out.
class QuantileMap {
public:
    /// `values` must not be empty.
    explicit QuantileMap(std::vector<double> values);
    [[nodiscard]] double operator()(double value) const;

private:
    struct Knot {
        double quantile;
        double growth;
    };
    static constexpr std::array<Knot, 12> knots{{{0.0, -1.0},
                                                 {0.05, -0.76},
                                                 {0.125, -0.4},
                                                 {0.25, 0.07},
                                                 {0.375, 0.235},
                                                 {0.5, 0.395},
                                                 {0.625, 0.565},
                                                 {0.75, 0.775},
                                                 {0.875, 0.9},
                                                 {0.95, 0.97},
                                                 {0.99, 1.1},
                                                 {1.0, 1.4}}};
    std::array<double, knots.size()> at_{};
};

}  // namespace ltfb::data
