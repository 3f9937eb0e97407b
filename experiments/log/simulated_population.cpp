#include "experiments/log/simulated_population.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "core/digest.hpp"
#include "core/rng.hpp"

namespace ltfb::experiments {

namespace {

std::uint64_t model_digest(std::uint64_t seed, std::int32_t round, std::int32_t trainer) {
    const std::array<std::uint64_t, 3> key{
        seed, static_cast<std::uint64_t>(round + 1), static_cast<std::uint64_t>(trainer)};
    return digest_of(std::span<const std::uint64_t>(key));
}

Rng rng_at(std::uint64_t seed, std::int32_t round, std::uint64_t b) {
    return {seed, Stream::test, {static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(b)}};
}

}  // namespace

SimulatedPopulation::SimulatedPopulation(const SimulationSettings& settings)
    : settings_(settings),
      models_(static_cast<std::size_t>(settings.trainers)),
      death_round_(models_.size(), std::numeric_limits<std::int32_t>::max()) {
    for (std::int32_t t = 0; t < settings.trainers; ++t) {
        Rng rng(settings.seed, Stream::hyperparameters, {static_cast<std::uint32_t>(t), 0});
        auto& model = models_[static_cast<std::size_t>(t)];
        const double lr = std::pow(10.0, -4.5 + 3.2 * rng.uniform());
        const double dropout = 0.3 * rng.uniform();
        model.lineage = t;
        model.digest = model_digest(settings.seed, -1, t);
        model.values = {256.0, 0.9, 0.999, 0.0, dropout, 1e-8, lr, 0.9, 0.0};
    }
    Rng rng(settings.seed, Stream::test, {~0U, ~0U});
    for (std::int32_t i = 0; i < settings.failures; ++i) {
        death_round_[rng.below(death_round_.size())] =
            1 + static_cast<std::int32_t>(
                    rng.below(static_cast<std::uint64_t>(std::max(1, settings.rounds - 1))));
    }
}

void SimulatedPopulation::train(std::int32_t round) {
    // The best learning rate falls as training goes on, as it does for real networks.
    const double best_lr = 2e-3 * std::pow(0.02, static_cast<double>(round) / settings_.rounds);
    for (std::int32_t t = 0; t < settings_.trainers; ++t) {
        if (death_round(t) <= round) { continue; }
        auto& model = models_[static_cast<std::size_t>(t)];
        Rng rng = rng_at(settings_.seed, round, static_cast<std::uint64_t>(t));
        const double off = std::log10(model.values[lr_key] / best_lr);
        const double dropout_off = model.values[dropout_key] - 0.1;
        const double floor = 0.024 + 0.3 * dropout_off * dropout_off;
        const double rate = 0.3 * std::exp(-2.0 * off * off) * (1.0 + 0.2 * rng.normal());
        model.loss += (floor - model.loss) * std::min(0.9, std::max(0.0, rate));
        if (model.values[lr_key] > 0.04) { model.loss = std::nan(""); }
        model.digest = model_digest(settings_.seed, round, t);
    }
}

std::vector<std::int32_t> SimulatedPopulation::opponents(std::int32_t round) const {
    std::vector<std::int32_t> order(models_.size());
    std::iota(order.begin(), order.end(), 0);
    Rng rng(settings_.seed, Stream::pairing, {static_cast<std::uint32_t>(round), 0});
    shuffle(order, rng);
    std::vector<std::int32_t> opponents(order.size(), -1);
    for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
        opponents[static_cast<std::size_t>(order[i])] = order[i + 1];
        opponents[static_cast<std::size_t>(order[i + 1])] = order[i];
    }
    return opponents;
}

double SimulatedPopulation::score(const SimulatedModel& model,
                                  std::int32_t share,
                                  std::int32_t round) const {
    const std::uint64_t where = model.digest ^ (static_cast<std::uint64_t>(share) * 0x9e3779b9U);
    return model.loss * (1.0 + 0.01 * rng_at(settings_.seed + 1, round, where).normal());
}

std::vector<SimulatedMove> SimulatedPopulation::explore(std::int32_t trainer, std::int32_t round) {
    std::vector<SimulatedMove> moves;
    auto& values = models_[static_cast<std::size_t>(trainer)].values;
    Rng rng(settings_.seed,
            Stream::explore,
            {static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(trainer)});
    for (const std::size_t key : {dropout_key, lr_key}) {
        const double factor = rng.uniform() < 0.5 ? 0.8 : 1.25;
        const double moved = std::min(values[key] * factor, key == lr_key ? 0.1 : 0.5);
        moves.push_back({key, values[key], moved});
        values[key] = moved;
    }
    return moves;
}

}  // namespace ltfb::experiments
