#include "tournament/match_buffers.hpp"

#include <algorithm>
#include <utility>

namespace ltfb::tournament {

namespace {

std::vector<AlignedArray<float>> arrays_like(const std::vector<std::span<float>>& shapes) {
    std::vector<AlignedArray<float>> arrays;
    for (const auto shape : shapes) { arrays.emplace_back(shape.size()); }
    return arrays;
}

}  // namespace

MatchBuffers::MatchBuffers(Contestant& contestant,
                           ArenaRange shard,
                           bool moves_moments,
                           bool keeps_own)
    : contestant_(contestant),
      shard_(shard),
      keeps_own_(keeps_own),
      weights_(contestant.weights().size()) {
    if (moves_moments) { moments_ = arrays_like(contestant.moments()); }
    if (!keeps_own) { return; }
    own_weights_ = AlignedArray<float>(shard.size());
    if (moves_moments) { own_moments_ = arrays_like(contestant.moments()); }
}

void MatchBuffers::keep_own() {
    if (!keeps_own_) { return; }
    std::ranges::copy(own_shard(), own_weights_.data());
    const auto own = contestant_.moments();
    for (std::size_t i = 0; i < own_moments_.size(); ++i) {
        std::ranges::copy(own[i], own_moments_[i].data());
    }
}

std::span<const float> MatchBuffers::sent_weights() const {
    return keeps_own_ ? own_weights_.span() : own_shard();
}

std::vector<std::span<float>> MatchBuffers::sent_moments() {
    if (!keeps_own_) { return contestant_.moments(); }
    std::vector<std::span<float>> kept;
    for (auto& moment : own_moments_) { kept.push_back(moment.span()); }
    return kept;
}

void MatchBuffers::abandon() {
    static_cast<void>(new AlignedArray<float>(
        std::exchange(weights_, AlignedArray<float>(contestant_.weights().size()))));
    if (moments_.empty()) { return; }
    static_cast<void>(new std::vector<AlignedArray<float>>(
        std::exchange(moments_, arrays_like(contestant_.moments()))));
}

}  // namespace ltfb::tournament
