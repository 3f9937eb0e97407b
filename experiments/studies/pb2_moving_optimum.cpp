#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/core.h>

#include "core/program.hpp"
#include "experiments/studies/policies.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/make_space.hpp"

// Does PB2 follow a moving optimum better than random exploration? Prints the curves as CSV: one
// line a policy and round, means and standard errors over repeats with different seeds.
// Usage: pb2_moving_optimum [REPEATS [ROUNDS [TRAINERS]]]

namespace {

using namespace ltfb::experiments;
using namespace ltfb::tournament;

/// Sums over repeats of one round.
struct Sums {
    double gain = 0.0;
    double squared_gain = 0.0;
    double best_loss = 0.0;
};

std::vector<Sums> repeat(const World& world,
                         const Space& space,
                         const Policy& policy,
                         const StudySize& size) {
    constexpr double score_noise = 0.05;
    std::vector<Sums> sums(static_cast<std::size_t>(size.rounds));
    for (int i = 0; i < size.repeats; ++i) {
        const SimulationSettings settings{.trainers = size.trainers,
                                          .rounds = size.rounds,
                                          .seed = static_cast<std::uint64_t>(i + 1),
                                          .score_noise = score_noise};
        const auto curve = simulate(world, space, policy, settings);
        for (std::size_t round = 0; round < curve.size(); ++round) {
            sums[round].gain += curve[round].mean_gain;
            sums[round].squared_gain += curve[round].mean_gain * curve[round].mean_gain;
            sums[round].best_loss += curve[round].best_loss;
        }
    }
    return sums;
}

void print(const char* name, const std::vector<Sums>& sums, const StudySize& size) {
    for (std::size_t round = 0; round < sums.size(); ++round) {
        const double n = size.repeats;
        const double mean = sums[round].gain / n;
        const double variance = (sums[round].squared_gain / n - mean * mean) / (n - 1.0);
        fmt::print("{},{},{},{},{:.5f},{:.5f},{:.4f}\n",
                   name,
                   round,
                   size.trainers,
                   size.repeats,
                   mean,
                   std::sqrt(std::max(0.0, variance)),
                   sums[round].best_loss / n);
    }
}

}  // namespace

int main(int argc, char** argv) {
    return ltfb::run_program("pb2_moving_optimum", [argc, argv] {
        const StudySize size = parse_study_size(argc, argv);
        const Space space =
            make_space({parse_vary("lr=loguniform:1e-5,1e-1"), parse_vary("dropout=uniform:0,0.5")},
                       {.keys = {{"lr", {.lowest = 1e-12, .highest = 10.0, .base = 1e-3}},
                                 {"dropout", {.lowest = 0.0, .highest = 0.9, .base = 0.05}}},
                        .settings = {}});
        constexpr double width = 0.15;
        constexpr double period_rounds = 60.0;
        const MovingOptimum world(space, width, period_rounds);
        fmt::print("policy,round,trainers,repeats,mean_gain,standard_error,best_loss\n");
        for (const auto& [name, policy] : compared_policies()) {
            print(name, repeat(world, space, policy, size), size);
        }
        return 0;
    });
}
