#pragma once

#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/shard.hpp"
#include "tournament/contestant.hpp"

namespace ltfb::tournament {

/// Where one seat keeps what a match sends and receives.
class MatchBuffers {
public:
    /// `shard`: this seat's. `moves_moments`: optimizer state travels too. `keeps_own`: the own
    /// model changes between being sent and having left, so that a copy travels.
    MatchBuffers(Contestant& contestant, ArenaRange shard, bool moves_moments, bool keeps_own);

    /// Copies this seat's shard of the own model, where it is to be kept.
    void keep_own();
    /// [shard] of what the opponent gets.
    [[nodiscard]] std::span<const float> sent_weights() const;
    [[nodiscard]] std::vector<std::span<float>> sent_moments();

    /// [arena] the challenger, and this seat's [shard] of it.
    [[nodiscard]] std::span<float> weights() { return weights_.span(); }
    [[nodiscard]] std::span<float> weights_shard() { return of_shard(weights_.span()); }
    /// [shard] each, of the challenger; none where they don't travel.
    [[nodiscard]] std::vector<AlignedArray<float>>& moments() { return moments_; }
    /// [shard] of the own model, as it is now.
    [[nodiscard]] std::span<float> own_shard() const { return of_shard(contestant_.weights()); }

    /// Leaves the challenger's arrays to a dead trainer's last bytes, which may still be written to
    /// them, and takes new ones.
    void abandon();

private:
    [[nodiscard]] std::span<float> of_shard(std::span<float> arena) const {
        return arena.subspan(shard_.begin, shard_.size());
    }

    Contestant& contestant_;
    ArenaRange shard_;
    bool keeps_own_;
    AlignedArray<float> weights_;
    std::vector<AlignedArray<float>> moments_;
    AlignedArray<float> own_weights_;               // [shard] if kept
    std::vector<AlignedArray<float>> own_moments_;  // [shard] each
};

}  // namespace ltfb::tournament
