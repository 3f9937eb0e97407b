#pragma once

#include <array>
#include <cstdint>

namespace ltfb {

/// What a random draw is for. Draws of different streams are independent.
enum class Stream : std::uint32_t {
    init_weights = 1,
    dropout,
    shuffle,
    roles,
    partition,
    pairing,
    hyperparameters,
    explore,
    generator,
    test,
};

/// Where in a run a draw happens; together with seed and stream it fixes the draw.
struct RngPosition {
    std::uint32_t a = 0;
    std::uint32_t b = 0;
};

/// Counter-based generator (Philox 4x32-10, Salmon et al. 2011, as in Random123): the sequence is
/// a pure function of (seed, stream, position), so no state needs to be saved or shared.
/// Satisfies std::uniform_random_bit_generator. Draws below are the same on every platform.
class Rng {
public:
    using result_type = std::uint32_t;

    Rng(std::uint64_t seed, Stream stream, RngPosition position = {}) noexcept;

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return ~result_type{0}; }
    result_type operator()() noexcept;

    std::uint64_t bits64() noexcept;
    /// Uniform in [0, 1), 53 bits.
    double uniform() noexcept;
    /// Uniform in {0, ..., n - 1}; n > 0. Without modulo bias (Lemire 2019).
    std::uint64_t below(std::uint64_t n) noexcept;
    /// Standard normal (Box and Muller 1958).
    double normal() noexcept;

private:
    std::uint64_t seed_;
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 4> block_{};
    unsigned used_ = 4;
};

/// Shuffles `values` in place (Fisher and Yates), drawing from `rng`.
template <class Range>
void shuffle(Range& values, Rng& rng) {
    for (std::uint64_t i = values.size(); i > 1; --i) {
        using std::swap;
        swap(values[i - 1], values[rng.below(i)]);
    }
}

}  // namespace ltfb
