#include "experiments/log/predictions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::experiments {

namespace {

struct Points {
    std::vector<double> responses;
    std::vector<double> predictions;
};

/// A number and the comma or end behind it; nullopt where that is not what stands there.
std::optional<double> take_number(std::string_view& text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) { return std::nullopt; }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text[0] != ',') { return std::nullopt; }
    text.remove_prefix(text.empty() ? 0 : 1);
    return value;
}

Points read_points(const std::string& path) {
    std::ifstream file(path);
    Points points;
    std::string line;
    const auto fail = [&](std::int64_t number, const char* what) {
        throw InputError(fmt::format("{}:{}: {}", path, number, what));
    };
    if (!std::getline(file, line) || !line.starts_with("sample,response,prediction")) {
        fail(1, "has another heading (sample,response,prediction)");
    }
    for (std::int64_t number = 2; std::getline(file, line); ++number) {
        if (line.ends_with('\r')) { line.pop_back(); }
        std::string_view rest = line;
        const auto sample = take_number(rest);
        const auto response = take_number(rest);
        const auto prediction = take_number(rest);
        if (!sample || !response || !prediction) {
            fail(number, "is not sample,response,prediction");
        }
        points.responses.push_back(*response);
        points.predictions.push_back(*prediction);
    }
    return points;
}

/// The pairs of which both are finite come first; returns how many.
std::size_t move_finite_first(Points& points) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < points.responses.size(); ++i) {
        if (!std::isfinite(points.responses[i]) || !std::isfinite(points.predictions[i])) {
            continue;
        }
        std::swap(points.responses[i], points.responses[kept]);
        std::swap(points.predictions[i], points.predictions[kept++]);
    }
    return kept;
}

Scores scores_of(const Points& points) {
    const auto n = static_cast<double>(points.responses.size());
    double mean_r = 0.0;
    double mean_p = 0.0;
    for (std::size_t i = 0; i < points.responses.size(); ++i) {
        mean_r += points.responses[i] / n;
        mean_p += points.predictions[i] / n;
    }
    double sse = 0.0;
    double sae = 0.0;
    double srr = 0.0;
    double spp = 0.0;
    double srp = 0.0;
    for (std::size_t i = 0; i < points.responses.size(); ++i) {
        const double r = points.responses[i] - mean_r;
        const double p = points.predictions[i] - mean_p;
        const double error = points.predictions[i] - points.responses[i];
        sse += error * error;
        sae += std::abs(error);
        srr += r * r;
        spp += p * p;
        srp += r * p;
    }
    return {.mse = sse / n,
            .mae = sae / n,
            .r2 = 1.0 - sse / srr,
            .pearson = srp / std::sqrt(srr * spp),
            .samples = static_cast<std::int64_t>(points.responses.size())};
}

void count(const Points& points, Parity& parity) {
    const auto responses = std::minmax_element(points.responses.begin(), points.responses.end());
    const auto predictions =
        std::minmax_element(points.predictions.begin(), points.predictions.end());
    // A prediction far off must not squeeze all others into one cell.
    const double spread = *responses.second - *responses.first;
    parity.low =
        std::max(std::min(*responses.first, *predictions.first), *responses.first - 0.25 * spread);
    parity.high = std::min(std::max(*responses.second, *predictions.second),
                           *responses.second + 0.25 * spread);
    if (!(parity.high > parity.low)) { parity.high = parity.low + 1.0; }
    const auto bin_of = [&](double value) {
        const double at = (value - parity.low) / (parity.high - parity.low) * Parity::bins;
        return static_cast<std::int32_t>(std::clamp(at, 0.0, Parity::bins - 1.0));
    };
    std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> counts;
    for (std::size_t i = 0; i < points.responses.size(); ++i) {
        ++counts[{bin_of(points.responses[i]), bin_of(points.predictions[i])}];
    }
    for (const auto& [cell, samples] : counts) {
        parity.cells.push_back({cell.first, cell.second, samples});
    }
}

}  // namespace

std::optional<Parity> read_parity(const std::string& folder) {
    const std::string path = folder + "/models/test_predictions.csv";
    std::error_code error;
    if (folder.empty() || !std::filesystem::exists(path, error)) { return std::nullopt; }
    Points points = read_points(path);
    const std::size_t finite = move_finite_first(points);
    Parity parity;
    parity.non_finite = static_cast<std::int64_t>(points.responses.size() - finite);
    points.responses.resize(finite);
    points.predictions.resize(finite);
    if (finite == 0) { return parity; }
    parity.scores = scores_of(points);
    count(points, parity);
    return parity;
}

}  // namespace ltfb::experiments
