#include "data/generate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/rng.hpp"
#include "data/provenance.hpp"
#include "data/response_surface.hpp"

namespace ltfb::data {

namespace {

// What a draw is for; the second number of its position is the entity or sample.
enum class Draw : std::uint32_t {
    cell_latent,
    drug_latent,
    cell_mix,
    drug_mix,
    cell_noise,
    drug_noise,
    group,
    noise
};

Rng rng_for(std::uint64_t seed, Draw draw, std::size_t index = 0) {
    return {seed,
            Stream::generator,
            {static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(index)}};
}

std::vector<Latent> draw_latents(std::uint64_t seed, Draw draw, std::size_t count) {
    std::vector<Latent> latents(count);
    for (std::size_t i = 0; i < count; ++i) {
        Rng rng = rng_for(seed, draw, i);
        for (double& value : latents[i]) { value = rng.normal(); }
    }
    return latents;
}

// One mixing vector a feature, the noise drawn per entity.
RawFeatures encode(const std::vector<Latent>& latents,
                   std::size_t columns,
                   std::uint64_t seed,
                   Draw mix_draw,
                   Draw noise_draw) {
    constexpr double feature_noise = 0.3;  // against a signal of sd 1
    const double scale = 1.0 / std::sqrt(static_cast<double>(factors));
    const auto mixes = draw_latents(seed, mix_draw, columns);
    RawFeatures raw;
    raw.values.reserve(latents.size() * columns);
    for (std::size_t row = 0; row < latents.size(); ++row) {
        Rng rng = rng_for(seed, noise_draw, row);
        for (std::size_t c = 0; c < columns; ++c) {
            const double signal = scale * dot(mixes[c], latents[row]);
            raw.values.push_back((c % 3 == 2 ? std::tanh(signal) : signal) +
                                 feature_noise * rng.normal());
        }
    }
    return raw;
}

void name_all(RawFeatures& raw,
              const char* entity,
              const char* feature,
              std::size_t rows,
              std::size_t columns) {
    for (std::size_t r = 0; r < rows; ++r) {
        raw.names.push_back(fmt::format("{}_{:04}", entity, r));
    }
    for (std::size_t c = 0; c < columns; ++c) {
        raw.feature_names.push_back(fmt::format("{}_{:04}", feature, c));
    }
}

struct Group {
    std::uint64_t cell;
    std::uint64_t drug1;
    std::uint64_t drug2;
};

// Group g of all cells x unordered drug pairs, pairs in the order (0,0), (1,0), (1,1), (2,0), ...
Group group_at(std::uint64_t g, std::uint64_t pairs) {
    const std::uint64_t pair = g % pairs;
    auto high =
        static_cast<std::uint64_t>((std::sqrt(8.0 * static_cast<double>(pair) + 1.0) - 1.0) / 2.0);
    while (high * (high + 1) / 2 > pair) { --high; }
    while ((high + 1) * (high + 2) / 2 <= pair) { ++high; }
    return {.cell = g / pairs, .drug1 = high, .drug2 = pair - high * (high + 1) / 2};
}

// Sample s takes a random group of the s-th of `samples` equal stretches of all groups: distinct
// where there are enough, evenly repeated where there are not. Which drug comes first is drawn too.
void draw_groups(const GenerateSettings& settings, FactoredSet& set) {
    __extension__ using Wide = unsigned __int128;
    const std::uint64_t pairs = settings.drugs * (settings.drugs + 1) / 2;
    const Wide groups = Wide{settings.cells} * pairs;
    Rng rng = rng_for(settings.seed, Draw::group);
    for (std::uint64_t s = 0; s < settings.samples; ++s) {
        const auto begin = static_cast<std::uint64_t>(s * groups / settings.samples);
        const auto end = static_cast<std::uint64_t>((s + 1) * groups / settings.samples);
        const Group group = group_at(end > begin ? begin + rng.below(end - begin) : begin, pairs);
        const bool swap = rng.below(2) == 1;
        set.cell.push_back(static_cast<std::uint32_t>(group.cell));
        set.drug1.push_back(static_cast<std::uint32_t>(swap ? group.drug2 : group.drug1));
        set.drug2.push_back(static_cast<std::uint32_t>(swap ? group.drug1 : group.drug2));
    }
}

// Fills the responses and returns the best reachable R2.
double respond(const GenerateSettings& settings,
               const std::vector<Latent>& cells,
               const std::vector<Latent>& drugs,
               FactoredSet& set) {
    std::vector<double> signal(settings.samples);
    for (std::size_t s = 0; s < signal.size(); ++s) {
        signal[s] = surface(cells[set.cell[s]], drugs[set.drug1[s]], drugs[set.drug2[s]]);
    }
    const QuantileMap to_growth(signal);
    Rng rng = rng_for(settings.seed, Draw::noise);
    double noise = 0.0;
    double sum = 0.0;
    double squares = 0.0;
    set.response.resize(signal.size());
    for (std::size_t s = 0; s < signal.size(); ++s) {
        const double growth = to_growth(signal[s]);
        const double response = std::clamp(growth + settings.noise * rng.normal(), -1.0, 1.7);
        set.response[s] = static_cast<float>(response);
        noise += (response - growth) * (response - growth);
        sum += response;
        squares += response * response;
    }
    const double around_mean = squares - sum * sum / static_cast<double>(signal.size());
    return around_mean > 0.0 ? 1.0 - noise / around_mean : 0.0;
}

void require_sensible(const GenerateSettings& settings) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max() - 1;
    constexpr std::uint64_t most_values = std::uint64_t{1} << 30U;  // 4 GiB of features
    const auto require_count = [](std::uint64_t value, std::uint64_t limit, const char* option) {
        if (value == 0 || value > limit) {
            throw InputError(fmt::format("--{} {}: must be from 1 to {}", option, value, limit));
        }
    };
    require_count(settings.samples, most, "samples");
    require_count(settings.cells, 1000000, "cells");
    require_count(settings.drugs, 1000000, "drugs");
    require_count(settings.cell_features, most_values / settings.cells, "cell-features");
    require_count(settings.drug_features, most_values / settings.drugs, "drug-features");
    if (!(settings.noise >= 0.0 && settings.noise <= 10.0)) {
        throw InputError(fmt::format("--noise {}: must be from 0 to 10", settings.noise));
    }
}

}  // namespace

FactoredSet generate(const GenerateSettings& settings) {
    require_sensible(settings);
    const auto cells = draw_latents(settings.seed, Draw::cell_latent, settings.cells);
    const auto drugs = draw_latents(settings.seed, Draw::drug_latent, settings.drugs);
    FactoredSet set;
    JoinReport report;
    {
        RawFeatures raw =
            encode(cells, settings.cell_features, settings.seed, Draw::cell_mix, Draw::cell_noise);
        name_all(raw, "cell", "gene", settings.cells, settings.cell_features);
        set.cells = standardise(raw, report.cells);
        raw =
            encode(drugs, settings.drug_features, settings.seed, Draw::drug_mix, Draw::drug_noise);
        name_all(raw, "drug", "descriptor", settings.drugs, settings.drug_features);
        set.drugs = standardise(raw, report.drugs);
    }
    draw_groups(settings, set);
    const double best_r2 = respond(settings, cells, drugs, set);
    Json provenance = provenance_of("generate",
                                    {{"samples", settings.samples},
                                     {"cells", settings.cells},
                                     {"drugs", settings.drugs},
                                     {"cell_features", settings.cell_features},
                                     {"drug_features", settings.drug_features},
                                     {"noise", settings.noise},
                                     {"seed", settings.seed}},
                                    {});
    provenance["best_r2"] = best_r2;
    provenance["standardisation"] = standardisation_json(report);
    set.provenance = to_text(provenance);
    return set;
}

}  // namespace ltfb::data
