#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/mpi.hpp"
#include "core/shard.hpp"
#include "data/batch_feed.hpp"
#include "data/samples.hpp"
#include "trainer/arenas.hpp"
#include "trainer/engine.hpp"
#include "trainer/hyperparameters.hpp"
#include "trainer/optimizer.hpp"
#include "trainer/schedule.hpp"

namespace ltfb::trainer {

struct TrainerSettings {
    ModelShape shape;
    std::string engine = "auto";
    Precision precision = Precision::fp32;
    int threads = 1;
    DropoutScope dropout_scope = DropoutScope::sample;
    OptimizerKind optimizer = OptimizerKind::adam;
    LrSchedule schedule;
    std::uint64_t seed = 1;
    std::uint32_t trainer = 0;  // index in the population; part of every random draw
    double deadline_s = 600.0;  // longest wait for another seat
    ArenaSharing sharing = ArenaSharing::automatic;
    GradientExchange gradient_exchange = GradientExchange::fp32;
    std::size_t read_ahead_mb = 128;  // for batches of a set on disk that are read ahead
};

/// What a call of `train` did.
struct TrainReport {
    std::uint64_t steps = 0;
    std::uint64_t samples = 0;
    double mean_loss = 0.0;  // mean squared error over the samples trained on, with dropout
    double seconds = 0.0;
    // Where this seat's seconds went.
    double assemble_s = 0.0;  // waiting for the next minibatch
    double gradient_s = 0.0;
    double exchange_s = 0.0;  // sums of gradients and gathering of weights, waiting included
    double update_s = 0.0;
};

/// What of a model a digest covers, besides its step and hyperparameters.
enum class DigestOf { weights, weights_and_moments };

/// How far a model has come: the one clock that schedules and draws depend on.
struct Progress {
    std::uint64_t step = 0;     // optimizer updates made
    std::uint64_t samples = 0;  // samples drawn; the position in the sample order
};

/// One seat of a trainer: a model trained data-parallel by all ranks of `comm`. Every seat sees
/// all weights, of which seats on one node share one copy; optimizer moments are sharded. Every
/// method marked collective must be called by all seats alike.
class Trainer {
public:
    /// Collective. `train_samples`: this trainer's training share, the same on every seat.
    Trainer(mpi::Comm comm,
            data::Samples& samples,
            std::vector<std::uint32_t> train_samples,
            const TrainerSettings& settings,
            const Hyperparameters& hyperparameters);
    ~Trainer();
    Trainer(const Trainer&) = delete;
    Trainer& operator=(const Trainer&) = delete;
    Trainer(Trainer&&) = delete;
    Trainer& operator=(Trainer&&) = delete;

    /// Collective. Makes `steps` updates. A non-finite loss is reported, not hidden.
    TrainReport train(std::uint64_t steps);

    /// Collective. Predictions of a model with `weights` [arena] for `samples`, the same on every
    /// seat; each seat computes a slice. `meanwhile`, unless empty, is called now and then, so that
    /// messages can progress; not as often on each seat.
    std::vector<float> predict(std::span<const float> weights,
                               std::span<const std::uint32_t> samples,
                               const std::function<void()>& meanwhile = {});

    /// Collective. Digest of the model: weights, optimizer moments, step and hyperparameters, not
    /// the position in the data, which an adopter keeps. The same on every seat, for any number of
    /// seats.
    std::uint64_t digest(DigestOf what = DigestOf::weights_and_moments);

    [[nodiscard]] const mpi::Comm& comm() const noexcept;
    [[nodiscard]] const ModelLayout& layout() const noexcept;
    /// Whether seats update weights together, piece by piece as the gradient is made (unless it is
    /// clipped), and share the moments' memory.
    [[nodiscard]] bool shares_updates() const noexcept;
    [[nodiscard]] ArenaRange shard() const noexcept;
    /// [arena] To change weights, each seat writes its shard, then all call `share_weights`; no
    /// seat may write while another still reads, which a collective call before it ensures.
    [[nodiscard]] std::span<float> weights() noexcept;
    /// Collective. Makes what each seat wrote into its shard of the weights visible to all.
    void share_weights();
    /// Optimizer moments of this seat's shard, [shard] each: Adam 2, SGD 1.
    [[nodiscard]] std::vector<std::span<float>> moments() noexcept;
    [[nodiscard]] Hyperparameters& hyperparameters() noexcept;
    [[nodiscard]] Progress& progress() noexcept;
    /// What messages about a wait for other seats say of when it was.
    void enter_round(int round) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ltfb::trainer
