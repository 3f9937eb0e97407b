#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/rng.hpp"

namespace ltfb::data {

/// The endless sequence of a trainer's training samples: one shuffled pass after the other.
/// Position p is a pure function of (seed, trainer, p), so a run resumes from p alone.
class SampleOrder {
public:
    /// `samples` must not be empty. `chunk`: 0, or how many samples that follow each other in
    /// `samples` stay near each other: the chunks of a pass are shuffled, then all samples of each
    /// `chunks_of_window` chunks in turn, so that a reader finds what it needs close together.
    SampleOrder(std::vector<std::uint32_t> samples,
                std::uint64_t seed,
                std::uint32_t trainer,
                std::size_t chunk = 0);

    static constexpr std::size_t chunks_of_window = 64;

    /// Samples at positions [position, position + out.size()); may span passes.
    void draw(std::uint64_t position, std::span<std::uint32_t> out);

    [[nodiscard]] std::size_t pass_size() const noexcept { return samples_.size(); }

private:
    void shuffle_pass(std::uint64_t pass);
    void shuffle_by_chunk(Rng& rng);

    std::vector<std::uint32_t> samples_;
    std::vector<std::uint32_t> shuffled_;
    std::uint64_t seed_;
    std::uint32_t trainer_;
    std::size_t chunk_;
    std::uint64_t pass_ = ~std::uint64_t{0};
};

}  // namespace ltfb::data
