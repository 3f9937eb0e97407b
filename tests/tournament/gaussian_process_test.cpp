#include "tournament/gaussian_process.hpp"

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

using namespace ltfb::tournament;
using ltfb::Rng;
using ltfb::Stream;

namespace {

struct Data {
    std::vector<TimedPoint> points;
    std::vector<double> values;
};

/// `count` observations of `function` at random places, `per_time` of them at each time.
template <class Function>
Data observe(const Function& function, int count, int per_time, double noise) {
    Rng rng(11, Stream::test);
    Data data;
    for (int i = 0; i < count; ++i) {
        const double time = i / per_time;
        const double u = rng.uniform();
        data.points.push_back({time, {u}});
        data.values.push_back(function(u, time) + noise * rng.normal());
    }
    return data;
}

}  // namespace

TEST_CASE("one observation: the textbook formulas") {
    const TimeVaryingKernel kernel{
        .lengthscale = 0.5, .forgetting = 0.19, .noise = 0.25, .variance = 4.0};
    const std::vector<double> values{3.0};
    const GaussianProcess process({{2.0, {0.25, 0.5}}}, values, kernel);
    // At distance 0.5 and 2 rounds later: correlation exp(-1/2) * 0.81.
    const double correlation = std::exp(-0.5) * 0.81;
    const TimedPoint point{4.0, {0.75, 0.5}};
    CHECK(process.mean_at(point) == doctest::Approx(correlation / 1.25 * 3.0));
    CHECK(process.standard_deviation_at(point) ==
          doctest::Approx(2.0 * std::sqrt(1.0 - correlation * correlation / 1.25)));
}

TEST_CASE("without noise it passes through what was observed; far away it knows nothing") {
    const TimeVaryingKernel kernel{
        .lengthscale = 0.1, .forgetting = 0.1, .noise = 0.0, .variance = 9.0};
    const std::vector<TimedPoint> points{{0, {0.1}}, {0, {0.3}}, {1, {0.1}}};
    const std::vector<double> values{1.0, -2.0, 0.5};
    const GaussianProcess process(points, values, kernel);
    for (std::size_t i = 0; i < points.size(); ++i) {
        CHECK(process.mean_at(points[i]) == doctest::Approx(values[i]).epsilon(1e-6));
        CHECK(process.standard_deviation_at(points[i]) < 1e-3);
    }
    CHECK(std::abs(process.mean_at({0, {1.0}})) < 1e-6);
    CHECK(process.standard_deviation_at({0, {1.0}}) == doctest::Approx(3.0));
    CHECK(process.standard_deviation_at({2, {0.3}}) > process.standard_deviation_at({1, {0.3}}));
}

TEST_CASE("the same point many times is solvable even without noise") {
    const std::vector<TimedPoint> points(30, TimedPoint{1.0, {0.5, 0.5}});
    const std::vector<double> values(30, 2.0);
    const GaussianProcess process(points, values, {.noise = 0.0});
    CHECK(process.mean_at(points[0]) == doctest::Approx(2.0).epsilon(1e-3));
    CHECK(std::isfinite(process.standard_deviation_at(points[0])));
}

TEST_CASE("marginal likelihood of two points, by hand") {
    const std::vector<TimedPoint> points{{0, {0.0}}, {0, {0.5}}};
    const std::vector<double> values{1.0, -0.5};
    TimeVaryingKernel kernel{.lengthscale = 0.5, .forgetting = 0.3, .noise = 0.5};
    const double likelihood = fit_variance(points, values, kernel);
    const double diagonal = 1.5;
    const double beside = std::exp(-0.5);
    const double determinant = diagonal * diagonal - beside * beside;
    const double form = (diagonal * 1.25 + beside) / determinant;  // values' inverse(matrix) values
    CHECK(kernel.variance == doctest::Approx(form / 2.0));
    CHECK(likelihood ==
          doctest::Approx(-0.5 * (2.0 + std::log(determinant) + 2.0 * std::log(form / 2.0) +
                                  2.0 * std::log(2.0 * std::numbers::pi))));
}

TEST_CASE("the fitted kernel tells smooth from wiggly, and still from moving functions") {
    Rng rng(5, Stream::test);
    const auto smooth = observe([](double u, double) { return std::sin(2.0 * u); }, 60, 6, 0.05);
    const auto wiggly = observe([](double u, double) { return std::sin(30.0 * u); }, 60, 6, 0.05);
    const auto moving =
        observe([](double u, double t) { return std::sin(4.0 * u + 1.5 * t); }, 60, 6, 0.05);
    const auto noise = observe([](double, double) { return 0.0; }, 60, 6, 1.0);
    const auto fit_smooth = fit_kernel(smooth.points, smooth.values, rng);
    const auto fit_wiggly = fit_kernel(wiggly.points, wiggly.values, rng);
    const auto fit_moving = fit_kernel(moving.points, moving.values, rng);
    CHECK(fit_smooth.lengthscale > 3.0 * fit_wiggly.lengthscale);
    CHECK(fit_smooth.forgetting < 0.02);
    CHECK(fit_moving.forgetting > 0.1);
    CHECK(fit_smooth.noise < 0.1);
    CHECK(fit_kernel(noise.points, noise.values, rng).noise > 1.0);
    TimeVaryingKernel other = fit_smooth;
    const double best = fit_variance(smooth.points, smooth.values, other);
    for (const double lengthscale : {0.05, 0.1}) {
        other.lengthscale = lengthscale;
        CHECK(fit_variance(smooth.points, smooth.values, other) < best);
    }
}

TEST_CASE("values that are all 0 give a finite kernel") {
    Rng rng(6, Stream::test);
    const auto flat = observe([](double, double) { return 0.0; }, 20, 4, 0.0);
    const auto kernel = fit_kernel(flat.points, flat.values, rng);
    CHECK(kernel.variance > 0.0);
    CHECK(GaussianProcess(flat.points, flat.values, kernel).mean_at({3, {0.5}}) == 0.0);
}
