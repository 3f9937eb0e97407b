#include "tournament/box_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ltfb::tournament {

namespace {

using Function = std::function<double(std::span<const double>)>;

double value_at(const Function& function, std::span<const double> at) {
    const double value = function(at);
    return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
}

/// Goes one step along the axes, wherever that improves; returns whether it did.
bool step_along_axes(const Function& function, double step, BoxPoint& point) {
    bool has_improved = false;
    for (double& coordinate : point.at) {
        const double before = coordinate;
        for (const double moved : {before + step, before - step}) {
            coordinate = std::clamp(moved, 0.0, 1.0);
            const double value = value_at(function, point.at);
            if (value > point.value) {
                point.value = value;
                has_improved = true;
                break;
            }
            coordinate = before;
        }
    }
    return has_improved;
}

}  // namespace

BoxPoint maximise_in_box(const Function& function,
                         std::size_t dimensions,
                         const BoxEffort& effort,
                         Rng& rng) {
    std::vector<BoxPoint> points(static_cast<std::size_t>(std::max(1, effort.samples)));
    for (BoxPoint& point : points) {
        point.at.resize(dimensions);
        for (double& coordinate : point.at) { coordinate = rng.uniform(); }
        point.value = value_at(function, point.at);
    }
    const auto is_better = [](const BoxPoint& a, const BoxPoint& b) { return a.value > b.value; };
    std::stable_sort(points.begin(), points.end(), is_better);
    points.resize(std::min(points.size(), static_cast<std::size_t>(std::max(1, effort.starts))));
    for (BoxPoint& point : points) {
        for (double step = effort.first_step; step >= effort.last_step; step /= 2.0) {
            while (step_along_axes(function, step, point)) {}
        }
    }
    return *std::min_element(points.begin(), points.end(), is_better);
}

}  // namespace ltfb::tournament
