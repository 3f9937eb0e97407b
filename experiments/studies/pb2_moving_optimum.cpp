#include <cmath>
#include <cstdlib>
#include <vector>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/program.hpp"
#include "experiments/simulator/simulator.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/make_space.hpp"

// Does PB2 follow a moving optimum better than random exploration? Prints the curves as CSV: one
// line a policy and round, means and standard errors over repeats with different seeds.
// Usage: pb2_moving_optimum [REPEATS [ROUNDS [TRAINERS]]]

namespace {

using namespace ltfb::tournament;
using namespace ltfb::experiments;

struct NamedPolicy {
    const char* name;
    Policy policy;
};

std::vector<NamedPolicy> policies() {
    const SelectionRule none{.kind = SelectionRule::Kind::none};
    const SelectionRule truncation{.kind = SelectionRule::Kind::truncation};
    const ExploreRule perturb{};
    const ExploreRule mixed{.kind = ExploreRule::Kind::perturb, .resample_probability = 0.25};
    const ExploreRule resample{.kind = ExploreRule::Kind::resample};
    const ExploreRule pb2{.kind = ExploreRule::Kind::pb2};
    return {{"none", {none, {}, perturb}},
            {"truncation-perturb", {truncation, {}, perturb}},
            {"truncation-mixed", {truncation, {}, mixed}},
            {"truncation-resample", {truncation, {}, resample}},
            {"truncation-pb2", {truncation, {}, pb2}},
            {"pairwise-perturb", {{}, {}, perturb}},
            {"pairwise-mixed", {{}, {}, mixed}},
            {"pairwise-resample", {{}, {}, resample}},
            {"pairwise-pb2", {{}, {}, pb2}}};
}

/// Sums over repeats of one round.
struct Moments {
    double sum = 0.0;
    double squares = 0.0;
    double best_loss = 0.0;
};

int argument(int argc, char** argv, int at, int otherwise) {
    const int value = argc > at ? std::atoi(argv[at]) : otherwise;
    if (value < 2) {
        throw ltfb::InputError("arguments: numbers below 2 (use REPEATS ROUNDS TRAINERS)");
    }
    return value;
}

}  // namespace

int main(int argc, char** argv) {
    return ltfb::run_program("pb2_moving_optimum", [argc, argv] {
        const int repeats = argument(argc, argv, 1, 30);
        const int rounds = argument(argc, argv, 2, 60);
        const int trainers = argument(argc, argv, 3, 8);
        const Space space =
            make_space({parse_vary("lr=loguniform:1e-5,1e-1"), parse_vary("dropout=uniform:0,0.5")},
                       {.keys = {{"lr", {.lowest = 1e-12, .highest = 10.0, .base = 1e-3}},
                                 {"dropout", {.lowest = 0.0, .highest = 0.9, .base = 0.05}}},
                        .settings = {}});
        constexpr double width = 0.15;
        constexpr double period_rounds = 60.0;
        constexpr double score_noise = 0.05;
        const MovingOptimum world(space, width, period_rounds);

        fmt::print("policy,round,trainers,repeats,mean_gain,standard_error,best_loss\n");
        for (const auto& [name, policy] : policies()) {
            std::vector<Moments> moments(static_cast<std::size_t>(rounds));
            for (int repeat = 0; repeat < repeats; ++repeat) {
                const SimulationSettings settings{.trainers = trainers,
                                                  .rounds = rounds,
                                                  .seed = static_cast<std::uint64_t>(repeat + 1),
                                                  .score_noise = score_noise};
                const auto curve = simulate(world, space, policy, settings);
                for (std::size_t round = 0; round < curve.size(); ++round) {
                    moments[round].sum += curve[round].mean_gain;
                    moments[round].squares += curve[round].mean_gain * curve[round].mean_gain;
                    moments[round].best_loss += curve[round].best_loss;
                }
            }
            for (std::size_t round = 0; round < moments.size(); ++round) {
                const double mean = moments[round].sum / repeats;
                const double variance =
                    (moments[round].squares / repeats - mean * mean) / (repeats - 1);
                fmt::print("{},{},{},{},{:.5f},{:.5f},{:.4f}\n",
                           name,
                           round,
                           trainers,
                           repeats,
                           mean,
                           variance > 0.0 ? std::sqrt(variance) : 0.0,
                           moments[round].best_loss / repeats);
            }
        }
        return 0;
    });
}
