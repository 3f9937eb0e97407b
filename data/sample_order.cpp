#include "data/sample_order.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace ltfb::data {

SampleOrder::SampleOrder(std::vector<std::uint32_t> samples,
                         std::uint64_t seed,
                         std::uint32_t trainer,
                         std::size_t chunk)
    : samples_(std::move(samples)),
      shuffled_(samples_.size()),
      seed_(seed),
      trainer_(trainer),
      chunk_(chunk) {
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
    Rng rng(seed_, Stream::shuffle, {trainer_, static_cast<std::uint32_t>(pass)});
    if (chunk_ > 0) {
        shuffle_by_chunk(rng);
    } else {
        std::copy(samples_.begin(), samples_.end(), shuffled_.begin());
        shuffle(shuffled_, rng);
    }
    pass_ = pass;
}

void SampleOrder::shuffle_by_chunk(Rng& rng) {
    std::vector<std::size_t> chunks((samples_.size() + chunk_ - 1) / chunk_);
    std::iota(chunks.begin(), chunks.end(), std::size_t{0});
    shuffle(chunks, rng);
    const std::span<const std::uint32_t> all(samples_);
    auto next = shuffled_.begin();
    for (std::size_t first = 0; first < chunks.size(); first += chunks_of_window) {
        const auto begin = next;
        const std::size_t end = std::min(chunks.size(), first + chunks_of_window);
        for (std::size_t c = first; c < end; ++c) {
            const std::size_t at = chunks[c] * chunk_;
            const auto chunk = all.subspan(at, std::min(chunk_, all.size() - at));
            next = std::copy(chunk.begin(), chunk.end(), next);
        }
        std::span<std::uint32_t> window(begin, next);
        shuffle(window, rng);
    }
}

}  // namespace ltfb::data
