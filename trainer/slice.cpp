#include "trainer/slice.hpp"

namespace ltfb::trainer {

namespace {

template <class PartOf>
std::vector<std::size_t> offsets_of(int seats, const PartOf& part_of) {
    std::vector<std::size_t> offsets{0};
    for (int seat = 0; seat < seats; ++seat) { offsets.push_back(part_of(seat).end); }
    return offsets;
}

}  // namespace

ArenaRange slice_of(std::size_t n, int seat, int seats) {
    const auto start = [&](int s) {
        return n * static_cast<std::size_t>(s) / static_cast<std::size_t>(seats);
    };
    return {start(seat), start(seat + 1)};
}

std::vector<std::size_t> slice_offsets(std::size_t n, int seats) {
    return offsets_of(seats, [&](int seat) { return slice_of(n, seat, seats); });
}

std::vector<std::size_t> shard_offsets(std::size_t arena_size, int seats) {
    return offsets_of(seats, [&](int seat) { return shard_of(arena_size, seat, seats); });
}

}  // namespace ltfb::trainer
