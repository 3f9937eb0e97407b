#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/digest.hpp"
#include "tournament/contestant.hpp"

namespace ltfb::test {

/// A model whose every weight is one number; its prediction is that number, and the truth is the
/// trainer's taste.
class ConstantModel : public tournament::Contestant {
public:
    static constexpr std::size_t arena_size = 3 * arena_block + 17;  // the last block is short

    ConstantModel(mpi::Comm comm, int trainer, float taste = 0.0F)
        : comm_(std::move(comm)),
          weights_(arena_size),
          shard_(shard_of(arena_size, comm_.rank(), comm_.size())),
          first_(shard_.size()),
          second_(shard_.size()),
          responses_(10, taste) {
        card_ = {.step = static_cast<std::uint64_t>(100 + trainer),
                 .lineage = trainer,
                 .hyperparameters = {{"lr", 0.1 * (trainer + 1)}}};
        fill(static_cast<float>(trainer + 1), static_cast<float>(trainer + 1));
    }

    void fill(float weights, float moments) {
        std::ranges::fill(weights_.span(), weights);
        for (std::size_t i = 0; i < shard_.size(); ++i) {
            first_.span()[i] = moment(moments, 1, shard_.begin + i);
            second_.span()[i] = moment(moments, 2, shard_.begin + i);
        }
    }
    /// Depends on the arena position, so that a shifted shard is noticed.
    static float moment(float value, int which, std::size_t at) {
        return value * 1000.0F * static_cast<float>(which) + static_cast<float>(at % 977);
    }
    [[nodiscard]] bool holds(float value) { return holds(value, value); }
    /// Whether the weights are those of one model and the moments those of another.
    [[nodiscard]] bool holds(float weights, float moments) {
        bool same = std::ranges::all_of(weights_.span(), [&](float w) { return w == weights; });
        for (std::size_t i = 0; i < shard_.size(); ++i) {
            same = same && first_.span()[i] == moment(moments, 1, shard_.begin + i) &&
                   second_.span()[i] == moment(moments, 2, shard_.begin + i);
        }
        return same;
    }

    [[nodiscard]] const mpi::Comm& comm() const override { return comm_; }
    [[nodiscard]] std::span<float> weights() override { return weights_.span(); }
    void share_weights() override {
        mpi::gather_all(comm_,
                        weights_.span(),
                        shard_offsets(arena_size, comm_.size()),
                        {.limit_s = 20.0, .what = "test"});
    }
    [[nodiscard]] std::vector<std::span<float>> moments() override {
        return {first_.span(), second_.span()};
    }
    [[nodiscard]] tournament::ModelCard card() const override { return card_; }
    void set_card(const tournament::ModelCard& card) override { card_ = card; }
    std::uint64_t digest(tournament::Exchange what) override {
        std::vector<std::uint64_t> parts{digest_of(std::span<const float>(weights_.span())),
                                         card_.step};
        for (const auto& [name, value] : card_.hyperparameters) {
            parts.push_back(digest_of(name) ^ digest_of(std::span<const double>(&value, 1)));
        }
        if (what == tournament::Exchange::weights) {
            return digest_of(std::span<const std::uint64_t>(parts));
        }
        std::vector<float> all(arena_size);
        for (const auto& moment : moments()) {
            std::ranges::copy(moment, all.begin() + static_cast<std::ptrdiff_t>(shard_.begin));
            mpi::gather_all(comm_,
                            std::span(all),
                            shard_offsets(arena_size, comm_.size()),
                            {.limit_s = 100.0, .what = "test"});
            parts.push_back(digest_of(std::span<const float>(all)));
        }
        return digest_of(std::span<const std::uint64_t>(parts));
    }
    std::vector<float> predict(std::span<const float> weights,
                               const std::function<void()>& meanwhile) override {
        int blocks = 3 + comm_.rank();  // not as many on each seat
        const auto is_done = [&] {
            meanwhile();
            return --blocks <= 0 && (!is_scored || is_scored());
        };
        if (meanwhile) { mpi::wait_until(is_done, {.limit_s = 20.0, .what = "test: scoring"}); }
        return std::vector<float>(responses_.size(), weights[weights.size() / 2]);
    }
    [[nodiscard]] double score(std::span<const float> predictions) const override {
        double sum = 0.0;
        for (std::size_t i = 0; i < predictions.size(); ++i) {
            const double error = static_cast<double>(predictions[i]) - responses_[i];
            sum += error * error;
        }
        return sum / static_cast<double>(predictions.size());
    }
    [[nodiscard]] std::span<const float> responses() const override { return responses_; }

    tournament::ModelCard card_;
    std::function<bool()> is_scored;  // scoring lasts until it says so, unless empty

private:
    mpi::Comm comm_;
    AlignedArray<float> weights_;
    ArenaRange shard_;
    AlignedArray<float> first_;
    AlignedArray<float> second_;
    std::vector<float> responses_;
};

/// The job split into trainers of the given sizes.
struct World {
    explicit World(const std::vector<int>& trainer_sizes)
        : sizes(trainer_sizes), first_ranks(trainer_sizes.size()) {
        std::exclusive_scan(sizes.begin(), sizes.end(), first_ranks.begin(), 0);
        while (trainer + 1 < trainers() &&
               first_ranks[static_cast<std::size_t>(trainer) + 1] <= comm.rank()) {
            ++trainer;
        }
    }
    [[nodiscard]] int trainers() const { return static_cast<int>(sizes.size()); }
    [[nodiscard]] int seats_of(int other) const {
        return other < 0 ? 0 : sizes[static_cast<std::size_t>(other)];
    }
    [[nodiscard]] mpi::Comm split() const { return comm.split(trainer, comm.rank()); }

    mpi::Comm comm = mpi::Comm::world();
    std::vector<int> sizes;
    std::vector<int> first_ranks;
    int trainer = 0;
};

}  // namespace ltfb::test
