#include "trainer/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>
#include <omp.h>

#include "core/digest.hpp"
#include "core/fault.hpp"
#include "core/stopwatch.hpp"
#include "trainer/gradient_sink.hpp"

namespace ltfb::trainer {

namespace {

/// Updates weights, and moments with them, by each piece of gradient.
class UpdateWeights final : public GradientSink {
public:
    /// `weights`: [arena]; the optimizer has the moments of all of it.
    UpdateWeights(const OptimizerPass& pass, std::span<float> weights)
        : pass_(pass), weights_(weights) {}
    void take(std::size_t at, const RowsShape& shape, const GradientRows& gradient) override {
        pass_.update(at, shape, &weights_[at], gradient);
    }
    [[nodiscard]] bool has_updated() const noexcept override { return true; }

private:
    const OptimizerPass& pass_;
    std::span<float> weights_;
};

}  // namespace

struct Trainer::State {
    State(mpi::Comm own_comm,
          data::Samples& own_samples,
          std::vector<std::uint32_t> train_samples,
          const TrainerSettings& own_settings,
          const Hyperparameters& own_hyperparameters)
        : comm(std::move(own_comm)),
          samples(own_samples),
          settings(own_settings),
          hyperparameters(own_hyperparameters),
          feed(samples,
               {std::move(train_samples), settings.seed, settings.trainer, samples.shape().chunk},
               settings.read_ahead_mb << 20U),
          engine(
              make_engine(settings.engine, settings.shape, settings.threads, settings.precision)),
          staged(dynamic_cast<StagedEngine*>(engine.get())),
          arenas(make_arenas(comm,
                             layout().arena_size,
                             {.sharing = settings.sharing,
                              .exchange = settings.gradient_exchange,
                              .deadline = deadline("memory")})),
          shard(shard_of(layout().arena_size, comm.rank(), comm.size())),
          group(arenas->is_shared() ? SeatGroup(comm, deadline("common memory")) : SeatGroup()),
          optimizer(shares_updates()
                        ? Optimizer(settings.optimizer, group, layout().arena_size, shard)
                        : Optimizer(settings.optimizer, shard.size())) {
        if (staged != nullptr) { staged->join(group); }
    }

    [[nodiscard]] const ModelLayout& layout() const noexcept { return engine->layout(); }
    /// Of what the seats take of `whole` samples.
    [[nodiscard]] std::size_t largest_slice(std::size_t whole) const {
        const auto seats = static_cast<std::size_t>(comm.size());
        return (whole + seats - 1) / seats;
    }
    [[nodiscard]] ArenaRange whole_arena() const noexcept { return {0, layout().arena_size}; }
    [[nodiscard]] mpi::Deadline deadline(std::string_view phase) const;
    [[nodiscard]] std::span<float> of_shard(std::span<float> arena) const {
        return arena.subspan(shard.begin, shard.size());
    }

    double step(TrainReport& report);
    double make_update(const data::Batch& minibatch,
                       const DropoutRule& dropout,
                       TrainReport& report);
    double make_update_in_stages(const data::Batch& minibatch,
                                 const DropoutRule& dropout,
                                 TrainReport& report);
    void sum_gradients(TrainReport& report);
    void update_shard(TrainReport& report);
    void share_weights();
    [[nodiscard]] std::vector<ArenaRange> gradient_parts() const;
    /// Samples that the loss is the mean of.
    [[nodiscard]] double loss_scale() const {
        return fault::takes_nan_gradient() ? std::numeric_limits<double>::quiet_NaN()
                                           : static_cast<double>(hyperparameters.batch);
    }
    [[nodiscard]] bool is_one_group() const { return group.seats() == comm.size(); }
    /// Whether any seat may update any weight, in common memory with its moments.
    [[nodiscard]] bool shares_updates() const { return staged != nullptr && is_one_group(); }
    double gradient_factor();
    [[nodiscard]] UpdateRule update_rule(double gradient_factor) const;
    void predict_slice(std::span<const float> weights,
                       std::span<const std::uint32_t> slice,
                       std::span<float> out);

    mpi::Comm comm;
    data::Samples& samples;
    TrainerSettings settings;
    Hyperparameters hyperparameters;
    Progress progress;
    int round = -1;  // for messages alone
    data::BatchFeed feed;
    std::unique_ptr<Engine> engine;
    StagedEngine* staged;  // the same, if it is one
    std::unique_ptr<Arenas> arenas;
    ArenaRange shard;
    SeatGroup group;
    Optimizer optimizer;
    data::Batch batch;  // of an evaluation
};

mpi::Deadline Trainer::State::deadline(std::string_view phase) const {
    return {
        .limit_s = settings.deadline_s,
        .what = fmt::format("trainer {} seat {}, round {}, step {}: waiting for its other seats' "
                            "part in {}",
                            settings.trainer,
                            comm.rank(),
                            round,
                            progress.step,
                            phase)};
}

// One step: this seat's contiguous slice of the minibatch is assembled, or already there, then an
// update is made of it. Returns this seat's sum of squared errors.
double Trainer::State::step(TrainReport& report) {
    const auto whole = static_cast<std::size_t>(hyperparameters.batch);
    const ArenaRange slice = slice_of(whole, comm.rank(), comm.size());
    const data::Batch& minibatch = [&]() -> const data::Batch& {
        const Stopwatch watch(report.assemble_s);
        return feed.take(
            {.position = progress.samples + slice.begin, .size = slice.size(), .stride = whole});
    }();
    const DropoutRule dropout{.scope = settings.dropout_scope,
                              .probability = hyperparameters.dropout,
                              .seed = settings.seed,
                              .trainer = settings.trainer,
                              .step = progress.step,
                              .first_sample = static_cast<std::uint32_t>(slice.begin)};
    const double squared_errors = staged != nullptr
                                      ? make_update_in_stages(minibatch, dropout, report)
                                      : make_update(minibatch, dropout, report);
    ++progress.step;
    progress.samples += whole;
    return squared_errors;
}

// 1. The gradient of this seat's slice, scaled by the size of the whole minibatch;
// 2. the sum over the seats, of which this seat needs its shard;
// 3. this seat updates its shard of weights and moments;
// 4. the shards of the weights are brought together.
double Trainer::State::make_update(const data::Batch& minibatch,
                                   const DropoutRule& dropout,
                                   TrainReport& report) {
    double squared_errors = 0.0;
    {
        const Stopwatch watch(report.gradient_s);
        squared_errors =
            engine->gradient(arenas->weights(),
                             minibatch,
                             dropout,
                             loss_scale(),
                             arenas->gradient(),
                             [this](ArenaRange part) { arenas->gradient_ready(part); });
    }
    sum_gradients(report);
    update_shard(report);
    return squared_errors;
}

void Trainer::State::sum_gradients(TrainReport& report) {
    const Stopwatch watch(report.exchange_s);
    arenas->sum_gradients(deadline("the gradient"));
}

void Trainer::State::update_shard(TrainReport& report) {
    {
        const Stopwatch watch(report.update_s);
        optimizer.update(of_shard(arenas->weights()),
                         of_shard(arenas->gradient()),
                         update_rule(gradient_factor()));
    }
    const Stopwatch watch(report.exchange_s);
    share_weights();
}

// 1. Both passes of the slices of the group's seats;
// 2. the gradient of all their samples: where the group is the trainer, together, each piece
//    updating the weights at once;
// 3. else, and where the norm of the whole gradient must be known first, sum and update as above.
double Trainer::State::make_update_in_stages(const data::Batch& minibatch,
                                             const DropoutRule& dropout,
                                             TrainReport& report) {
    const auto whole = static_cast<std::size_t>(hyperparameters.batch);
    double squared_errors = 0.0;
    {
        const Stopwatch watch(report.gradient_s);
        squared_errors = staged->backpropagate({arenas->weights(),
                                                minibatch,
                                                dropout,
                                                loss_scale(),
                                                largest_slice(whole),
                                                deadline("both passes")});
    }
    if (is_one_group() && hyperparameters.clip <= 0.0) {
        {
            const Stopwatch watch(report.update_s);
            const OptimizerPass pass(optimizer, update_rule(1.0));
            UpdateWeights update(pass, arenas->weights());
            staged->update_weights(arenas->weights(), update, deadline("the update"));
        }
        return squared_errors;
    }
    {
        const Stopwatch watch(report.gradient_s);
        StoreGradient store(arenas->gradient());
        for (const ArenaRange part : gradient_parts()) {
            staged->weight_gradients(arenas->weights(), part, store);
            arenas->gradient_ready(part);
        }
    }
    if (!is_one_group()) { sum_gradients(report); }
    update_shard(report);
    return squared_errors;
}

/// What this seat makes of the gradient, in the order in which it is wanted: other seats' shards
/// set out while the rest is made.
std::vector<ArenaRange> Trainer::State::gradient_parts() const {
    if (is_one_group()) { return {shard}; }
    std::vector<ArenaRange> parts;
    for (int i = 1; i <= comm.size(); ++i) {
        const int seat = (comm.rank() + i) % comm.size();
        parts.push_back(shard_of(layout().arena_size, seat, comm.size()));
    }
    return parts;
}

void Trainer::State::share_weights() {
    arenas->share_weights(deadline("the weights"));
    if (staged == nullptr) { return; }
    staged->load_weights(arenas->weights(), is_one_group() ? shard : whole_arena());
    group.publish(deadline("the copy of the weights"));
}

/// What brings the norm of the whole gradient down to the limit, if it is above.
double Trainer::State::gradient_factor() {
    if (hyperparameters.clip <= 0.0) { return 1.0; }
    double square = squared_norm(of_shard(arenas->gradient()));
    mpi::sum(comm, std::span(&square, 1), deadline("the norm of the gradient"));
    const double norm = std::sqrt(square);
    return norm > hyperparameters.clip ? hyperparameters.clip / norm : 1.0;
}

UpdateRule Trainer::State::update_rule(double gradient_factor) const {
    return {.hyperparameters = hyperparameters,
            .lr_factor = settings.schedule.factor_at(progress.step, hyperparameters),
            .gradient_factor = gradient_factor,
            .update = progress.step + 1};
}

// Where samples share rows, a large piece spreads the tracks' cost over more samples; where each
// sample has rows of its own, a piece's memory is what counts. A small piece tells which it is.
void Trainer::State::predict_slice(std::span<const float> weights,
                                   std::span<const std::uint32_t> slice,
                                   std::span<float> out) {
    constexpr std::size_t small_piece = 1024;
    constexpr std::size_t large_piece = 65536;
    std::size_t piece = small_piece;
    while (!slice.empty()) {
        const std::size_t n = std::min(piece, slice.size());
        {
            const auto held = feed.hold_samples();
            samples.assemble(slice.first(n), batch);
        }
        if (piece == small_piece && n < slice.size() && batch.cells.rows < n / 2) {
            piece = large_piece;
            continue;  // the tracks are to be computed once
        }
        engine->predict(weights, batch, out.first(n));
        slice = slice.subspan(n);
        out = out.subspan(n);
    }
}

Trainer::Trainer(mpi::Comm comm,
                 data::Samples& samples,
                 std::vector<std::uint32_t> train_samples,
                 const TrainerSettings& settings,
                 const Hyperparameters& hyperparameters) {
    omp_set_num_threads(settings.threads);
    state_ = std::make_unique<State>(
        std::move(comm), samples, std::move(train_samples), settings, hyperparameters);
    init_weights(layout(), settings.seed, settings.trainer, weights());
    // Every seat has written all weights, also of shards that another may be about to send.
    mpi::barrier(this->comm(), state_->deadline("the first weights"));
    share_weights();
}

Trainer::~Trainer() = default;

TrainReport Trainer::train(std::uint64_t steps) {
    TrainReport report;
    double squared_errors = 0.0;
    {
        const Stopwatch watch(report.seconds);
        for (std::uint64_t i = 0; i < steps; ++i) {
            report.samples += static_cast<std::uint64_t>(hyperparameters().batch);
            squared_errors += state_->step(report);
        }
        mpi::sum(comm(), std::span(&squared_errors, 1), state_->deadline("the loss"));
    }
    report.steps = steps;
    report.mean_loss =
        report.samples == 0 ? 0.0 : squared_errors / static_cast<double>(report.samples);
    return report;
}

std::vector<float> Trainer::predict(std::span<const float> weights,
                                    std::span<const std::uint32_t> samples,
                                    const std::function<void()>& meanwhile) {
    std::vector<float> predictions(samples.size());
    const auto offsets = slice_offsets(samples.size(), comm().size());
    const ArenaRange mine = slice_of(samples.size(), comm().rank(), comm().size());
    state_->engine->set_meanwhile(meanwhile);
    state_->predict_slice(weights,
                          samples.subspan(mine.begin, mine.size()),
                          std::span(predictions).subspan(mine.begin, mine.size()));
    state_->engine->set_meanwhile({});
    mpi::gather_all(comm(), std::span(predictions), offsets, state_->deadline("an evaluation"));
    return predictions;
}

std::uint64_t Trainer::digest(DigestOf what) {
    const auto arrays = [&] {
        std::vector<std::span<float>> all;
        if (what == DigestOf::weights_and_moments) { all = moments(); }
        all.push_back(state_->of_shard(weights()));
        return all;
    }();
    std::vector<std::size_t> offsets = shard_offsets(layout().arena_size, comm().size());
    for (std::size_t& offset : offsets) {
        const std::size_t blocks = (offset + arena_block - 1) / arena_block;
        offset = blocks * arrays.size();
    }
    std::vector<std::uint64_t> digests(offsets.back());
    std::size_t at = offsets[static_cast<std::size_t>(comm().rank())];
    for (std::size_t begin = 0; begin < shard().size(); begin += arena_block) {
        const std::size_t size = std::min(arena_block, shard().size() - begin);
        for (const auto& array : arrays) {
            digests[at++] = digest_of(std::span<const float>(array.subspan(begin, size)));
        }
    }
    mpi::gather_all(comm(), std::span(digests), offsets, state_->deadline("a digest"));
    digests.push_back(progress().step);
    for (const auto& [name, value] : hyperparameters().as_map()) {
        digests.push_back(digest_of(std::span<const double>(&value, 1)));
    }
    return digest_of(std::span<const std::uint64_t>(digests));
}

const mpi::Comm& Trainer::comm() const noexcept {
    return state_->comm;
}
const ModelLayout& Trainer::layout() const noexcept {
    return state_->layout();
}
bool Trainer::shares_updates() const noexcept {
    return state_->shares_updates();
}
ArenaRange Trainer::shard() const noexcept {
    return state_->shard;
}
std::span<float> Trainer::weights() noexcept {
    return state_->arenas->weights();
}
void Trainer::share_weights() {
    state_->share_weights();
}
std::vector<std::span<float>> Trainer::moments() noexcept {
    return state_->optimizer.moments();
}
Hyperparameters& Trainer::hyperparameters() noexcept {
    return state_->hyperparameters;
}
void Trainer::enter_round(int round) noexcept {
    state_->round = round;
}
Progress& Trainer::progress() noexcept {
    return state_->progress;
}

}  // namespace ltfb::trainer
