#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ltfb::data {

/// The endless sequence of a trainer's training samples: one shuffled pass after the other.
/// Position p is a pure function of (seed, trainer, p), so a run resumes from p alone.
class SampleOrder {
public:
    /// `samples` must not be empty.
    SampleOrder(std::vector<std::uint32_t> samples, std::uint64_t seed, std::uint32_t trainer);

    /// Samples at positions [position, position + out.size()); may span passes.
    void draw(std::uint64_t position, std::span<std::uint32_t> out);

    [[nodiscard]] std::size_t pass_size() const noexcept { return samples_.size(); }

private:
    void shuffle_pass(std::uint64_t pass);

    std::vector<std::uint32_t> samples_;
    std::vector<std::uint32_t> shuffled_;
    std::uint64_t seed_;
    std::uint32_t trainer_;
    std::uint64_t pass_ = ~std::uint64_t{0};
};

}  // namespace ltfb::data
