#include "tournament/pb2.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tournament/box_search.hpp"
#include "tournament/gaussian_process.hpp"
#include "tournament/perturb.hpp"

namespace ltfb::tournament {

namespace {

/// Apart from the draws of single keys, whose seeds are mixed with their names.
constexpr std::uint64_t draws_of_search = 0x9b2;

std::vector<const Variable*> continuous_variables(const Space& space) {
    std::vector<const Variable*> variables;
    for (const Variable& variable : space.variables) {
        if (variable.domain.is_continuous()) { variables.push_back(&variable); }
    }
    return variables;
}

TimedPoint place(const std::vector<const Variable*>& variables, int round, const Values& values) {
    TimedPoint point{.time = static_cast<double>(round), .at = {}};
    for (const Variable* variable : variables) {
        point.at.push_back(to_unit(variable->domain, values.at(variable->key)));
    }
    return point;
}

std::vector<Observation> newest(std::span<const Observation> observations) {
    std::vector<Observation> result(observations.begin(), observations.end());
    std::stable_sort(result.begin(), result.end(), [](const Observation& a, const Observation& b) {
        return a.round > b.round;
    });
    result.resize(std::min(result.size(), pb2_window));
    return result;
}

/// Clips to three interquartile ranges around the quartiles, so that a single explosion does not
/// make all else look alike. What diverged is as bad as the worst that did not.
std::vector<double> tamed_gains(const std::vector<Observation>& observations) {
    std::vector<double> sorted;
    for (const Observation& observation : observations) {
        if (std::isfinite(observation.gain)) { sorted.push_back(observation.gain); }
    }
    std::sort(sorted.begin(), sorted.end());
    if (sorted.empty()) { sorted.push_back(0.0); }
    const double lower = sorted[sorted.size() / 4];
    const double upper = sorted[sorted.size() * 3 / 4];
    const double reach = upper > lower ? 3.0 * (upper - lower) : sorted.back() - sorted.front();
    std::vector<double> gains;
    for (const Observation& observation : observations) {
        gains.push_back(std::isfinite(observation.gain)
                            ? std::clamp(observation.gain, lower - reach, upper + reach)
                            : std::max(sorted.front(), lower - reach));
    }
    return gains;
}

/// To mean 0 and standard deviation 1, clipped to two deviations as in the published code.
void standardise(std::vector<double>& gains) {
    const auto n = static_cast<double>(gains.size());
    const double mean = std::accumulate(gains.begin(), gains.end(), 0.0) / n;
    double squares = 0.0;
    for (const double gain : gains) { squares += (gain - mean) * (gain - mean); }
    const double deviation = std::sqrt(squares / n);
    for (double& gain : gains) {
        gain = deviation > 0.0 ? std::clamp((gain - mean) / deviation, -2.0, 2.0) : 0.0;
    }
}

/// Where the upper confidence bound  mean + sqrt(beta) deviation  of the next round's gain is
/// highest; the deviation also knows the pending points, whose gains don't matter for it
/// (Desautels et al. 2014). beta as published: 0.2 + max(0, log(0.4 n)).
std::vector<double> best_point(const std::vector<TimedPoint>& observed,
                               std::span<const double> gains,
                               const std::vector<TimedPoint>& pending,
                               double next_time,
                               Rng& rng) {
    const TimeVaryingKernel kernel = fit_kernel(observed, gains, rng);
    const GaussianProcess known(observed, gains, kernel);
    std::vector<TimedPoint> all = observed;
    all.insert(all.end(), pending.begin(), pending.end());
    const GaussianProcess expected(all, std::vector<double>(all.size()), kernel);
    const auto n = static_cast<double>(observed.size());
    const double kappa = std::sqrt(0.2 + std::max(0.0, std::log(0.4 * n)));
    const auto bound = [&](std::span<const double> at) {
        const TimedPoint point{next_time, {at.begin(), at.end()}};
        return known.mean_at(point) + kappa * expected.standard_deviation_at(point);
    };
    return maximise_in_box(bound, observed.front().at.size(), {}, rng).at;
}

/// Proposals for the continuous keys; empty where too little is known.
Values proposals(const std::vector<const Variable*>& variables,
                 const Pb2History& history,
                 const ExplorePoint& point) {
    Values proposed;
    if (history.observations.size() < pb2_fewest || variables.empty()) { return proposed; }
    const std::vector<Observation> observations = newest(history.observations);
    std::vector<double> gains = tamed_gains(observations);
    standardise(gains);
    std::vector<TimedPoint> observed;
    for (const Observation& observation : observations) {
        observed.push_back(place(variables, observation.round, observation.values));
    }
    std::vector<TimedPoint> pending;
    for (const Values& values : history.pending) {
        pending.push_back(place(variables, point.round + 1, values));
    }
    Rng rng(point.seed ^ draws_of_search,
            Stream::explore,
            {static_cast<std::uint32_t>(point.round), static_cast<std::uint32_t>(point.trainer)});
    const auto best = best_point(observed, gains, pending, point.round + 1.0, rng);
    for (std::size_t i = 0; i < variables.size(); ++i) {
        proposed[variables[i]->key] = from_unit(variables[i]->domain, best[i]);
    }
    return proposed;
}

}  // namespace

std::vector<Change> explore_pb2(const Values& values,
                                const Space& space,
                                const ExploreRule& rule,
                                const Pb2History& history,
                                const ExplorePoint& point) {
    const Values proposed = proposals(continuous_variables(space), history, point);
    const Mover mover = [&](const Variable& variable, double old_value, Rng& rng) {
        if (!variable.domain.is_continuous()) {
            return Move{Operator::perturb, perturb(variable.domain, old_value, rule.factor, rng)};
        }
        const auto found = proposed.find(variable.key);
        return found != proposed.end() ? Move{Operator::pb2, found->second}
                                       : Move{Operator::resample, draw_from(variable.domain, rng)};
    };
    return explore_with(mover, values, space, point);
}

}  // namespace ltfb::tournament
