#include "core/rng.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace ltfb {

Rng::Rng(std::uint64_t seed, Stream stream, RngPosition position) noexcept
    : seed_(seed), counter_{0, static_cast<std::uint32_t>(stream), position.a, position.b} {}

Rng::result_type Rng::operator()() noexcept {
    if (used_ == block_.size()) {
        const r123::Philox4x32::ctr_type counter{
            {counter_[0], counter_[1], counter_[2], counter_[3]}};
        const r123::Philox4x32::key_type key{
            {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32U)}};
        const auto block = r123::Philox4x32{}(counter, key);
        for (unsigned i = 0; i < block_.size(); ++i) { block_[i] = block[i]; }
        ++counter_[0];
        used_ = 0;
    }
    return block_[used_++];
}

std::uint64_t Rng::bits64() noexcept {
    const std::uint64_t high = (*this)();
    return (high << 32U) | (*this)();
}

double Rng::uniform() noexcept {
    return static_cast<double>(bits64() >> 11U) * 0x1.0p-53;
}

std::uint64_t Rng::below(std::uint64_t n) noexcept {
    __extension__ using Wide = unsigned __int128;
    const std::uint64_t reject_below = (0 - n) % n;
    for (;;) {
        const Wide product = Wide{bits64()} * n;
        if (static_cast<std::uint64_t>(product) >= reject_below) {
            return static_cast<std::uint64_t>(product >> 64U);
        }
    }
}

double Rng::normal() noexcept {
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace ltfb
