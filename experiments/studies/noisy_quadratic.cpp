#include <cmath>

#include <fmt/core.h>

#include "core/program.hpp"
#include "experiments/studies/policies.hpp"
#include "tournament/domain_text.hpp"
#include "tournament/make_space.hpp"

// Which policy trains best where the learning rate decides, as in a real run? Prints geometric
// means over repeats of the best and the median loss at the end as CSV, one line a policy; then the
// same number of rounds at fixed learning rates.
// Usage: noisy_quadratic [REPEATS [ROUNDS [TRAINERS]]]

namespace {

using namespace ltfb::experiments;
using namespace ltfb::tournament;

constexpr int steps_per_round = 10;
constexpr double score_noise = 0.002;

void print_policy(const NamedPolicy& named, const Space& space, const StudySize& size) {
    const NoisyQuadratic world(steps_per_round);
    double best = 0.0;
    double median = 0.0;
    for (int i = 0; i < size.repeats; ++i) {
        const SimulationSettings settings{.trainers = size.trainers,
                                          .rounds = size.rounds,
                                          .seed = static_cast<std::uint64_t>(i + 1),
                                          .score_noise = score_noise};
        const RoundSummary last = simulate(world, space, named.policy, settings).back();
        best += std::log(last.best_loss) / size.repeats;
        median += std::log(last.median_loss) / size.repeats;
    }
    fmt::print("{},{},{},{},{:.5f},{:.5f}\n",
               named.name,
               size.rounds,
               size.trainers,
               size.repeats,
               std::exp(best),
               std::exp(median));
}

void print_fixed(double lr, const StudySize& size) {
    const NoisyQuadratic world(steps_per_round);
    auto model = world.initial_model();
    for (int round = 0; round < size.rounds; ++round) { world.train(model, {{"lr", lr}}, round); }
    const double loss = world.loss(model);
    fmt::print("lr={},{},1,1,{:.5f},{:.5f}\n", lr, size.rounds, loss, loss);
}

}  // namespace

int main(int argc, char** argv) {
    return ltfb::run_program("noisy_quadratic", [argc, argv] {
        const StudySize size = parse_study_size(argc, argv);
        const Space space = make_space(
            {parse_vary("lr=loguniform:1e-3,1e1")},
            {.keys = {{"lr", {.lowest = 1e-12, .highest = 10.0, .base = 1e-3}}}, .settings = {}});
        fmt::print("policy,rounds,trainers,repeats,best_loss,median_loss\n");
        for (const NamedPolicy& named : compared_policies()) { print_policy(named, space, size); }
        for (const double lr : {1e-3, 1e-2, 1e-1, 1.0, 1.5}) { print_fixed(lr, size); }
        return 0;
    });
}
