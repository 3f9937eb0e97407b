#pragma once

#include <cstdint>

#include "data/factored_set.hpp"

namespace ltfb::data {

struct GenerateSettings {
    std::uint64_t samples = 305626;
    std::uint64_t cells = 60;
    std::uint64_t drugs = 104;
    std::uint64_t cell_features = 921;
    std::uint64_t drug_features = 3829;
    double noise = 0.1;  // sd added to the response, in growth / 100
    std::uint64_t seed = 1;
};

/// An ALMANAC-shaped set with a known response; a pure function of the settings.
///
/// Cells and drugs have latent factors u [6] and v [6], standard normal; each feature is a random
/// linear mix of them, plus noise and, in every third feature, squashed by tanh. With
/// e(c, d) = tanh(u . v / sqrt(6) + v_0) the effect of a drug on a cell, and
/// i(c, a, b) = tanh(sum_k u_k v_ak v_bk / 2) the interaction of two drugs in a cell,
///     z = e(c, a) + e(c, b) - e(c, a) e(c, b) / 2 + i(c, a, b) / 2,
/// symmetric in the drugs. The response is z mapped by its own quantiles, piecewise linear, on
/// those of NCI-ALMANAC (growth / 100: quartiles 0.042, 0.398, 0.766, range -1 to 1.7), plus
/// normal noise, limited to that range. The provenance holds `best_r2`, the R2 of the noise-free
/// response: 1 - sum of squared noise / sum of squares around the mean.
///
/// Samples are distinct (cell, drug pair) groups spread evenly over all of them, a drug with itself
/// included; where there are fewer groups than samples, groups repeat with other noise. Throws
/// InputError for settings that make no set.
FactoredSet generate(const GenerateSettings& settings);

}  // namespace ltfb::data
