#include "trainer/trainer.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

#include "core/shard.hpp"
#include "toy_model.hpp"

using namespace ltfb;
using namespace ltfb::trainer;

namespace {

// More than one arena block, so that several seats have a shard; others have none.
constexpr test::ToyShape toy{.samples = 90, .cells = 6, .drugs = 9, .has_dose = true};
constexpr double rounding = 2e-5;

std::vector<std::uint32_t> all_samples() {
    std::vector<std::uint32_t> samples(toy.samples);
    std::iota(samples.begin(), samples.end(), 0U);
    return samples;
}

struct Kind {
    const char* engine;
    Precision precision;
};
constexpr Kind reference{"reference", Precision::fp32};
constexpr Kind onednn{"onednn", Precision::fp32};
constexpr Kind fp32{"blocked", Precision::fp32};
constexpr Kind bf16{"blocked", Precision::bf16};

TrainerSettings settings_for(const Kind& kind) {
    const bool is_slow = kind.engine == std::string("reference");
    return {.shape = test::model_shape(toy, is_slow ? 12 : 80, 2, 2),
            .engine = kind.engine,
            .precision = kind.precision,
            .schedule = {},
            .seed = 11,
            .trainer = 2,
            .deadline_s = 30.0};
}

Hyperparameters hyperparameters_with(double dropout, int batch) {
    return {
        .lr = 1e-3, .weight_decay = 1e-3, .dropout = dropout, .batch = batch, .warmup_steps = 3.0};
}

struct Trained {
    std::vector<float> weights;
    std::vector<float> predictions;
    double loss = 0.0;
    std::uint64_t digest = 0;
};

Trained train(mpi::Comm comm, const TrainerSettings& settings, const Hyperparameters& h) {
    test::ToySamples samples(toy);
    Trainer trainer(std::move(comm), samples, all_samples(), settings, h);
    const TrainReport report = trainer.train(3);
    CHECK(report.steps == 3);
    CHECK(report.samples == 3 * static_cast<std::uint64_t>(h.batch));
    CHECK(trainer.progress().step == 3);
    const auto weights = trainer.weights();
    return {.weights = {weights.begin(), weights.end()},
            .predictions = trainer.predict(weights, all_samples()),
            .loss = report.mean_loss,
            .digest = trainer.digest()};
}

}  // namespace

TEST_CASE("any number of seats makes the update of one seat, with the same masks") {
    for (const Kind& kind : {reference, onednn, fp32, bf16}) {
        for (const double dropout : {0.0, 0.05, 0.2}) {
            for (const int batch : {90, 31, 2}) {  // 2: some seats have nothing to do
                const std::string engine = kind.engine;
                const std::string precision = name_of(kind.precision);
                CAPTURE(engine);
                CAPTURE(precision);
                CAPTURE(dropout);
                CAPTURE(batch);
                auto settings = settings_for(kind);
                auto h = hyperparameters_with(dropout, batch);
                h.epsilon = 1e-3;  // with a small one, Adam makes whole steps of rounding errors
                const Trained alone = train(mpi::Comm::self(), settings, h);
                for (const auto sharing :
                     {ArenaSharing::automatic, ArenaSharing::separate, ArenaSharing::pairs}) {
                    settings.sharing = sharing;
                    const Trained together = train(mpi::Comm::world(), settings, h);
                    const bool is_coarse = kind.precision == Precision::bf16;
                    const double of_loss = is_coarse ? 1e-3 : rounding;
                    const double of_weights = is_coarse ? 1e-3 : 1e-4;
                    const double of_predictions = is_coarse ? 2e-2 : 1e-4;
                    CHECK(together.loss == doctest::Approx(alone.loss).epsilon(of_loss));
                    CHECK(test::relative_difference(together.weights, alone.weights) < of_weights);
                    CHECK(test::relative_difference(together.predictions, alone.predictions) <
                          of_predictions);
                }
            }
        }
    }
}

TEST_CASE("in bf16, too, any number of seats moves the weights as one seat does") {
    auto settings = settings_for(bf16);
    settings.optimizer = OptimizerKind::sgd;  // linear, so that rounding errors stay small
    auto h = hyperparameters_with(0.2, 31);
    h.lr = 0.0;
    const Trained still = train(mpi::Comm::self(), settings, h);
    h.lr = 0.1;
    const auto movement = [&](mpi::Comm comm) {
        auto weights = train(std::move(comm), settings, h).weights;
        for (std::size_t i = 0; i < weights.size(); ++i) { weights[i] -= still.weights[i]; }
        return weights;
    };
    const auto alone = movement(mpi::Comm::self());
    for (const auto sharing : {ArenaSharing::automatic, ArenaSharing::separate}) {
        settings.sharing = sharing;
        CHECK(test::relative_difference(movement(mpi::Comm::world()), alone) < 0.01);
    }
}

TEST_CASE("equal runs end in equal bits; another seed, trainer or dropout does not") {
    for (const Kind& kind : {onednn, fp32, bf16}) {
        auto settings = settings_for(kind);
        const auto h = hyperparameters_with(0.1, 31);
        const auto digest = [&](const Hyperparameters& values) {
            return train(mpi::Comm::world(), settings, values).digest;
        };
        const std::uint64_t first = digest(h);
        CHECK(digest(h) == first);
        CHECK(digest(hyperparameters_with(0.11, 31)) != first);
        settings.trainer = 3;
        CHECK(digest(h) != first);
        settings.trainer = 2;
        settings.seed = 12;
        CHECK(digest(h) != first);
    }
}

TEST_CASE("a run in two parts is the run in one") {
    for (const Kind& kind : {onednn, fp32, bf16}) {
        test::ToySamples samples(toy);
        const auto settings = settings_for(kind);
        const auto h = hyperparameters_with(0.1, 31);
        Trainer once(mpi::Comm::world(), samples, all_samples(), settings, h);
        once.train(6);
        Trainer first(mpi::Comm::world(), samples, all_samples(), settings, h);
        first.train(2);
        Trainer second(mpi::Comm::world(), samples, all_samples(), settings, h);
        std::copy(first.weights().begin(), first.weights().end(), second.weights().begin());
        second.share_weights();
        const auto from = first.moments();
        const auto to = second.moments();
        REQUIRE(from.size() == 2);
        for (std::size_t m = 0; m < from.size(); ++m) {
            std::copy(from[m].begin(), from[m].end(), to[m].begin());
        }
        second.progress() = first.progress();
        second.train(4);
        CHECK(second.digest() == once.digest());
    }
}

TEST_CASE("the digest does not depend on the number of seats, but on every value") {
    test::ToySamples samples(toy);
    const auto settings = settings_for(onednn);
    const auto h = hyperparameters_with(0.1, 31);
    Trainer alone(mpi::Comm::self(), samples, all_samples(), settings, h);
    Trainer together(mpi::Comm::world(), samples, all_samples(), settings, h);
    const auto value_at = [](std::size_t position) { return static_cast<float>(position % 977); };
    for (Trainer* trainer : {&alone, &together}) {
        for (std::size_t i = 0; i < trainer->weights().size(); ++i) {
            trainer->weights()[i] = value_at(i);
        }
        for (const auto& moment : trainer->moments()) {
            REQUIRE(moment.size() == trainer->shard().size());
            for (std::size_t i = 0; i < moment.size(); ++i) {
                moment[i] = value_at(trainer->shard().begin + i);
            }
        }
        trainer->progress() = {.step = 3, .samples = 7};
    }
    const std::uint64_t digest = together.digest();
    CHECK(alone.digest() == digest);
    together.hyperparameters().lr = 0.5;
    CHECK(together.digest() != digest);
    together.hyperparameters().lr = h.lr;
    together.progress().step = 4;
    CHECK(together.digest() != digest);
    together.progress().step = 3;
    if (together.shard().size() > 0 && together.comm().rank() == together.comm().size() - 1) {
        together.moments().back().back() += 1.0F;
    }
    CHECK(together.digest() != digest);
}

TEST_CASE("the slices of a minibatch cover it, in order, and differ by at most one sample") {
    for (const std::size_t n : {0U, 1U, 5U, 256U}) {
        for (const int seats : {1, 2, 3, 7, 64}) {
            const auto offsets = slice_offsets(n, seats);
            CHECK(offsets.size() == static_cast<std::size_t>(seats) + 1);
            CHECK(offsets.back() == n);
            for (int seat = 0; seat < seats; ++seat) {
                const ArenaRange slice = slice_of(n, seat, seats);
                CHECK(slice.begin == offsets[static_cast<std::size_t>(seat)]);
                CHECK(slice.size() <= n / static_cast<std::size_t>(seats) + 1);
                CHECK(slice.size() >= n / static_cast<std::size_t>(seats));
            }
        }
    }
}

TEST_CASE("clipping limits the norm of the whole gradient") {
    for (const Kind& kind : {onednn, fp32, bf16}) {
        test::ToySamples samples(toy);
        auto settings = settings_for(kind);
        settings.optimizer = OptimizerKind::sgd;
        auto h = hyperparameters_with(0.0, 31);
        h.warmup_steps = 0.0;
        h.lr = 1.0;
        h.weight_decay = 0.0;
        h.clip = 1e-3;
        Trainer trainer(mpi::Comm::world(), samples, all_samples(), settings, h);
        const std::vector<float> before(trainer.weights().begin(), trainer.weights().end());
        trainer.train(1);
        double square = 0.0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            square += std::pow(static_cast<double>(trainer.weights()[i]) - before[i], 2);
        }
        CHECK(std::sqrt(square) == doctest::Approx(1e-3).epsilon(1e-2));
        CHECK(trainer.moments().size() == 1);
    }
}

TEST_CASE("a gradient that is not a number shows in the reported loss") {
    for (const Kind& kind : {onednn, fp32, bf16}) {
        test::ToySamples samples(toy);
        Trainer trainer(mpi::Comm::world(),
                        samples,
                        all_samples(),
                        settings_for(kind),
                        hyperparameters_with(0.0, 31));
        for (float& weight : trainer.weights().first(arena_block)) {
            weight = std::numeric_limits<float>::quiet_NaN();
        }
        trainer.share_weights();
        CHECK_FALSE(std::isfinite(trainer.train(1).mean_loss));
    }
}

TEST_CASE("training lowers the loss") {
    for (const Kind& kind : {onednn, fp32, bf16}) {
        test::ToySamples samples(toy);
        Trainer trainer(mpi::Comm::world(),
                        samples,
                        all_samples(),
                        settings_for(kind),
                        hyperparameters_with(0.0, 30));
        const double before = trainer.train(3).mean_loss;
        trainer.train(60);
        CHECK(trainer.train(3).mean_loss < 0.5 * before);
    }
}
