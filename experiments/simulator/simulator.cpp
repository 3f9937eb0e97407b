#include "experiments/simulator/simulator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "tournament/pb2.hpp"

namespace ltfb::experiments {

using namespace tournament;

namespace {

struct SyntheticTrainer {
    World::Model model;
    Values values;
    double score = 0.0;  // on its own share of the samples
    int age = 0;
};

/// What a score's noise is for; two models scored on one share have independent noise.
enum class Scored : std::uint64_t { own = 1, challenger = 2 };

class Simulation {
public:
    Simulation(const World& world,
               const Space& space,
               const Policy& policy,
               const SimulationSettings& settings);
    /// Local steps of all trainers, then the tournament.
    RoundSummary play(int round);

private:
    double train(int round);
    int hold_tournament(int round);
    bool has_won(int trainer, const Meeting& meeting, double challenger_score) const;
    void explore_values(int trainer, int round);
    [[nodiscard]] RoundSummary summary(double mean_gain, int adoptions) const;
    [[nodiscard]] double score(const World::Model& model,
                               int trainer,
                               int round,
                               Scored what) const;

    const World& world_;
    const Space& space_;
    const Policy& policy_;
    const SimulationSettings& settings_;
    std::vector<SyntheticTrainer> trainers_;
    std::vector<double> last_scores_;  // standings after the previous round; empty before
    std::vector<int> last_ages_;
    std::vector<Observation> observations_;
};

Simulation::Simulation(const World& world,
                       const Space& space,
                       const Policy& policy,
                       const SimulationSettings& settings)
    : world_(world), space_(space), policy_(policy), settings_(settings) {
    for (int trainer = 0; trainer < settings.trainers; ++trainer) {
        const DrawPoint point{
            .seed = settings.seed, .trainer = trainer, .trainers = settings.trainers};
        trainers_.push_back({.model = world.initial_model(), .values = draw(space, point)});
        trainers_.back().score = score(trainers_.back().model, trainer, -1, Scored::own);
    }
}

double Simulation::score(const World::Model& model, int trainer, int round, Scored what) const {
    Rng rng(settings_.seed ^ (static_cast<std::uint64_t>(what) << 60U),
            Stream::test,
            {static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(trainer)});
    return world_.loss(model) + settings_.score_noise * rng.normal();
}

RoundSummary Simulation::play(int round) {
    const double mean_gain = train(round);
    const int adoptions = hold_tournament(round);
    return summary(mean_gain, adoptions);
}

double Simulation::train(int round) {
    double sum = 0.0;
    for (int trainer = 0; trainer < settings_.trainers; ++trainer) {
        SyntheticTrainer& own = trainers_[static_cast<std::size_t>(trainer)];
        const double loss_before = world_.loss(own.model);
        world_.train(own.model, own.values, round);
        sum += loss_before - world_.loss(own.model);
        const double score_before = own.score;
        own.score = score(own.model, trainer, round, Scored::own);
        ++own.age;
        observations_.push_back(
            {round, own.values, margin_of(score_before, own.score, Metric::mse)});
    }
    return sum / settings_.trainers;
}

/// By the z test of two scores with known noise, where a real run compares losses of samples.
bool Simulation::has_won(int trainer, const Meeting& meeting, double challenger_score) const {
    if (meeting.kind != Meeting::Kind::judge) { return meeting.kind == Meeting::Kind::copy; }
    const double own_score = trainers_[static_cast<std::size_t>(trainer)].score;
    Comparison comparison;
    comparison.mean_difference = own_score - challenger_score;
    comparison.t_statistic = comparison.mean_difference / (std::sqrt(2.0) * settings_.score_noise);
    comparison.p_value = std::erfc(std::abs(comparison.t_statistic) / std::sqrt(2.0));
    return judge(own_score, challenger_score, comparison, policy_.win, Metric::mse).adopted();
}

int Simulation::hold_tournament(int round) {
    const std::vector<SyntheticTrainer> before = trainers_;
    int adoptions = 0;
    for (int trainer = 0; trainer < settings_.trainers; ++trainer) {
        const Meeting meeting = meeting_of(trainer,
                                           settings_.trainers,
                                           policy_.selection,
                                           {last_scores_, last_ages_, Metric::mse},
                                           round,
                                           settings_.seed);
        if (meeting.kind == Meeting::Kind::rest) { continue; }
        const SyntheticTrainer& other = before[static_cast<std::size_t>(meeting.partner)];
        const double challenger_score = score(other.model, trainer, round, Scored::challenger);
        if (!has_won(trainer, meeting, challenger_score)) { continue; }
        trainers_[static_cast<std::size_t>(trainer)] = {
            other.model, other.values, challenger_score, 0};
        explore_values(trainer, round);
        ++adoptions;
    }
    last_scores_.clear();
    last_ages_.clear();
    for (const SyntheticTrainer& own : trainers_) {
        last_scores_.push_back(own.score);
        last_ages_.push_back(own.age);
    }
    return adoptions;
}

void Simulation::explore_values(int trainer, int round) {
    Values& values = trainers_[static_cast<std::size_t>(trainer)].values;
    const ExplorePoint point{settings_.seed, round, trainer};
    if (policy_.explore.kind != ExploreRule::Kind::pb2) {
        apply_changes(explore(values, space_, policy_.explore, point), values);
        return;
    }
    std::vector<Values> pending;
    for (int other = 0; other < settings_.trainers; ++other) {
        if (other != trainer) {
            pending.push_back(trainers_[static_cast<std::size_t>(other)].values);
        }
    }
    apply_changes(explore_pb2(values, space_, policy_.explore, {observations_, pending}, point),
                  values);
}

RoundSummary Simulation::summary(double mean_gain, int adoptions) const {
    std::vector<double> losses;
    for (const SyntheticTrainer& own : trainers_) {
        const double loss = world_.loss(own.model);
        losses.push_back(std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity());
    }
    const auto best = std::min_element(losses.begin(), losses.end()) - losses.begin();
    const double best_loss = losses[static_cast<std::size_t>(best)];
    std::sort(losses.begin(), losses.end());
    return {.best_loss = best_loss,
            .median_loss = losses[losses.size() / 2],
            .mean_gain = mean_gain,
            .adoptions = adoptions,
            .best_values = trainers_[static_cast<std::size_t>(best)].values};
}

}  // namespace

std::vector<RoundSummary> simulate(const World& world,
                                   const Space& space,
                                   const Policy& policy,
                                   const SimulationSettings& settings) {
    Simulation simulation(world, space, policy, settings);
    std::vector<RoundSummary> rounds;
    for (int round = 0; round < settings.rounds; ++round) {
        rounds.push_back(simulation.play(round));
    }
    return rounds;
}

}  // namespace ltfb::experiments
