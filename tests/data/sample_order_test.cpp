#include "data/sample_order.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using ltfb::data::SampleOrder;

namespace {
const std::vector<std::uint32_t> samples{3, 5, 8, 13, 21, 34, 55};

std::vector<std::uint32_t> draw(SampleOrder& order, std::uint64_t position, std::size_t count) {
    std::vector<std::uint32_t> out(count);
    order.draw(position, out);
    return out;
}
}  // namespace

TEST_CASE("every pass holds every sample once, in another order") {
    SampleOrder order(samples, 1, 0);
    CHECK(order.pass_size() == samples.size());
    const auto three = draw(order, 0, 21);
    std::vector<std::vector<std::uint32_t>> passes;
    for (int p = 0; p < 3; ++p) {
        std::vector<std::uint32_t> pass(three.begin() + 7 * p, three.begin() + 7 * (p + 1));
        passes.push_back(pass);
        std::sort(pass.begin(), pass.end());
        CHECK(pass == samples);
    }
    CHECK(passes[0] != passes[1]);
    CHECK(passes[1] != passes[2]);
}

TEST_CASE("a position is the same however it is reached") {
    SampleOrder forward(samples, 1, 4);
    const auto all = draw(forward, 0, 50);
    SampleOrder resumed(samples, 1, 4);
    CHECK(draw(resumed, 31, 19) == std::vector(all.begin() + 31, all.end()));
    CHECK(draw(resumed, 0, 3) == std::vector(all.begin(), all.begin() + 3));
    CHECK(draw(resumed, 6, 2) == std::vector(all.begin() + 6, all.begin() + 8));
    CHECK(draw(resumed, 6, 0).empty());
}

TEST_CASE("seed and trainer change the order") {
    SampleOrder base(samples, 1, 0);
    SampleOrder other_seed(samples, 2, 0);
    SampleOrder other_trainer(samples, 1, 1);
    CHECK(draw(base, 0, 21) != draw(other_seed, 0, 21));
    CHECK(draw(base, 0, 21) != draw(other_trainer, 0, 21));
}

TEST_CASE("by chunk, every pass holds every sample once, and near ones stay near") {
    constexpr std::uint32_t size = 10000;
    constexpr std::size_t chunk = 10;
    std::vector<std::uint32_t> all(size);
    for (std::uint32_t s = 0; s < size; ++s) { all[s] = 3 * s; }
    SampleOrder order(all, 1, 0, chunk);
    const auto first = draw(order, 0, size);
    const auto second = draw(order, size, size);
    CHECK(first != second);
    for (auto pass : {first, second}) {
        std::sort(pass.begin(), pass.end());
        CHECK(pass == all);
    }
    // A window needs no more of the file than its chunks.
    constexpr std::size_t window = SampleOrder::chunks_of_window * chunk;
    for (std::size_t begin = 0; begin + window <= size; begin += window) {
        std::vector<std::uint32_t> chunks;
        for (std::size_t i = begin; i < begin + window; ++i) {
            chunks.push_back(first[i] / 3 / chunk);
        }
        CHECK(!std::is_sorted(chunks.begin(), chunks.end()));
        std::sort(chunks.begin(), chunks.end());
        chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());
        CHECK(chunks.size() == SampleOrder::chunks_of_window);
    }
    SampleOrder resumed(all, 1, 0, chunk);
    CHECK(draw(resumed, 700, 300) == std::vector(first.begin() + 700, first.begin() + 1000));
}
