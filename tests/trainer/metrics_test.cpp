#include "trainer/metrics.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

using ltfb::trainer::Metrics;
using ltfb::trainer::metrics_of;

TEST_CASE("metrics of a set worked out by hand") {
    // errors 1, 0, -1, 2: squares 6, absolutes 4; responses about their mean 2.5: squares 5
    const std::array responses{1.0F, 2.0F, 3.0F, 4.0F};
    const std::array predictions{2.0F, 2.0F, 2.0F, 6.0F};
    const Metrics m = metrics_of(predictions, responses);
    CHECK(m.mse == 1.5);
    CHECK(m.mae == 1.0);
    CHECK(m.r2 == doctest::Approx(1.0 - 6.0 / 5.0));
    CHECK(m.pearson == doctest::Approx(6.0 / std::sqrt(5.0 * 12.0)));
    CHECK(m.samples == 4);
}

TEST_CASE("what has no meaning is not a number") {
    const std::vector<float> flat(7, 0.1F);
    const std::vector<float> varied{1, 2, 3, 4, 5, 6, 7};
    CHECK(std::isnan(metrics_of(varied, flat).r2));
    CHECK(std::isnan(metrics_of(varied, flat).pearson));
    CHECK(std::isnan(metrics_of(flat, varied).pearson));
    CHECK(metrics_of(flat, varied).r2 < 0.0);
    CHECK(std::isnan(metrics_of({}, {}).mse));
    CHECK(metrics_of({}, {}).samples == 0);
    CHECK(metrics_of(varied, varied).r2 == 1.0);
    CHECK(metrics_of(varied, varied).pearson == doctest::Approx(1.0));
}

TEST_CASE("a prediction that is not finite spoils the metrics") {
    std::vector<float> predictions{1, 2, 3};
    predictions[1] = std::numeric_limits<float>::quiet_NaN();
    const Metrics m = metrics_of(predictions, std::array{1.0F, 2.0F, 4.0F});
    CHECK(std::isnan(m.mse));
    CHECK(std::isnan(m.mae));
    CHECK(std::isnan(m.r2));
    CHECK(std::isnan(m.pearson));
}
