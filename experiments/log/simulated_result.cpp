#include "experiments/log/simulated_result.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <fmt/core.h>

#include "core/digest.hpp"
#include "core/file.hpp"
#include "core/rng.hpp"
#include "experiments/log/simulated_events.hpp"

namespace ltfb::experiments {

namespace {

Json metrics_of(std::span<const double> responses, std::span<const double> predictions) {
    const auto n = static_cast<double>(responses.size());
    const double mean = std::accumulate(responses.begin(), responses.end(), 0.0) / n;
    const double mean_p = std::accumulate(predictions.begin(), predictions.end(), 0.0) / n;
    double sse = 0.0, sae = 0.0, sst = 0.0, spp = 0.0, srp = 0.0;
    for (std::size_t i = 0; i < responses.size(); ++i) {
        const double error = predictions[i] - responses[i];
        sse += error * error;
        sae += std::abs(error);
        sst += (responses[i] - mean) * (responses[i] - mean);
        spp += (predictions[i] - mean_p) * (predictions[i] - mean_p);
        srp += (responses[i] - mean) * (predictions[i] - mean_p);
    }
    return {{"mse", sse / n},
            {"mae", sae / n},
            {"r2", 1.0 - sse / sst},
            {"pearson", srp / std::sqrt(sst * spp)},
            {"samples", responses.size()}};
}

}  // namespace

void rank_finalists(std::vector<SimulatedFinalist>& finalists) {
    std::sort(finalists.begin(), finalists.end(), [](const auto& a, const auto& b) {
        const bool finite = std::isfinite(a.score);
        if (finite != std::isfinite(b.score)) { return finite; }
        return finite && a.score != b.score ? a.score < b.score : a.trainer < b.trainer;
    });
}

Json standings_json(std::span<const SimulatedFinalist> ranked) {
    Json standings = Json::array();
    for (const auto& [trainer, score, model] : ranked) {
        standings.push_back({{"trainer", trainer},
                             {"score", number_json(score)},
                             {"lineage", model->lineage},
                             {"digest", to_hex(model->digest)},
                             {"hyperparameters", Json::parse(values_json(*model))}});
    }
    return standings;
}

Json write_test_predictions(const std::string& folder, std::uint64_t seed, double mse) {
    constexpr std::uint32_t samples = 6000;
    const double spread = std::isfinite(mse) ? std::sqrt(mse) : 0.5;
    std::string csv = "sample,response,prediction\n";
    std::vector<double> responses;
    std::vector<double> predictions;
    for (std::uint32_t i = 0; i < samples; ++i) {
        Rng rng(seed, Stream::generator, {i, 0});
        responses.push_back(std::max(-1.0, 0.75 - std::abs(0.25 + 0.6 * rng.normal())));
        predictions.push_back(0.97 * responses.back() + spread * rng.normal());
        csv += fmt::format("{},{:.6},{:.6}\n", i, responses.back(), predictions.back());
    }
    std::filesystem::create_directories(folder + "/models");
    write_atomically(folder + "/models/test_predictions.csv", csv);
    return metrics_of(responses, predictions);
}

}  // namespace ltfb::experiments
