#include "trainer/seat_group.hpp"

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::trainer {

std::byte* GroupMemory::data() noexcept {
    if (auto* own = std::get_if<AlignedArray<std::byte>>(&memory_)) { return own->data(); }
    return std::get<mpi::SharedMemory>(memory_).part(0).data();
}

GroupMemory SeatGroup::allocate(std::size_t size_bytes) const {
    if (seats() == 1) { return GroupMemory(AlignedArray<std::byte>(size_bytes)); }
    auto shared = mpi::SharedMemory::create(*comm_, seat() == 0 ? size_bytes : 0, deadline_);
    if (!shared) {
        throw Error(
            fmt::format("{} MiB of memory for the seats of a trainer: not to be had (use "
                        "fewer ranks on this node, or smaller batches)",
                        size_bytes >> 20U));
    }
    return GroupMemory(std::move(*shared));
}

void SeatGroup::publish(const mpi::Deadline& deadline) const {
    if (seats() > 1) { mpi::publish(*comm_, deadline); }
}

}  // namespace ltfb::trainer
