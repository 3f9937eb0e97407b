#pragma once

#include <cstddef>

#include "trainer/blocked/tiles.hpp"

namespace ltfb::trainer::blocked {

/// Hands out memory piece by piece, each from a cache line on. Without memory it hands out null and
/// tells how much there would have to be.
class MemoryPlan {
public:
    explicit MemoryPlan(std::byte* memory, std::size_t value_bytes)
        : memory_(memory), value_bytes_(value_bytes) {}

    template <class T>
    T* take(std::size_t count) {
        constexpr std::size_t line = 64;
        std::byte* place = memory_ == nullptr ? nullptr : memory_ + size_bytes_;
        size_bytes_ += (count * sizeof(T) + line - 1) / line * line;
        return reinterpret_cast<T*>(place);
    }
    Panels take_panels(std::size_t blocks, std::size_t depth) {
        return {take<std::byte>(Panels::size(blocks, depth) * value_bytes_), depth, value_bytes_};
    }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }

private:
    std::byte* memory_;
    std::size_t value_bytes_;  // of operands
    std::size_t size_bytes_ = 0;
};

/// Where the parts of a step put what they keep: group memory, which every seat plans alike.
struct StepMemory {
    MemoryPlan memory;
    std::size_t seat = 0;
    std::size_t seats = 1;
    std::size_t largest_slice = 0;  // samples of the largest seat

    /// Most samples of all seats, in blocks.
    [[nodiscard]] std::size_t blocks() const { return blocks_for(seats * largest_slice); }
};

}  // namespace ltfb::trainer::blocked
