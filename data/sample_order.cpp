#include "data/sample_order.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/rng.hpp"

namespace ltfb::data {

SampleOrder::SampleOrder(std::vector<std::uint32_t> samples,
                         std::uint64_t seed,
                         std::uint32_t trainer)
    : samples_(std::move(samples)), shuffled_(samples_.size()), seed_(seed), trainer_(trainer) {
    assert(!samples_.empty());
}

void SampleOrder::draw(std::uint64_t position, std::span<std::uint32_t> out) {
    const std::uint64_t size = samples_.size();
    while (!out.empty()) {
        const std::uint64_t pass = position / size;
        const std::uint64_t start = position % size;
        if (pass != pass_) { shuffle_pass(pass); }
        const std::size_t count = std::min<std::size_t>(out.size(), size - start);
        std::copy_n(&shuffled_[start], count, out.begin());
        out = out.subspan(count);
        position += count;
    }
}

void SampleOrder::shuffle_pass(std::uint64_t pass) {
    std::copy(samples_.begin(), samples_.end(), shuffled_.begin());
    Rng rng(seed_, Stream::shuffle, {trainer_, static_cast<std::uint32_t>(pass)});
    shuffle(shuffled_, rng);
    pass_ = pass;
}

}  // namespace ltfb::data
