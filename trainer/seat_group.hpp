#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

#include "core/aligned.hpp"
#include "core/mpi_shared.hpp"

namespace ltfb::trainer {

/// Zeroed memory that all seats of a group read and write. Move-only.
class GroupMemory {
public:
    GroupMemory() = default;
    explicit GroupMemory(AlignedArray<std::byte> own) : memory_(std::move(own)) {}
    explicit GroupMemory(mpi::SharedMemory shared) : memory_(std::move(shared)) {}

    [[nodiscard]] std::byte* data() noexcept;

private:
    std::variant<AlignedArray<std::byte>, mpi::SharedMemory> memory_;
};

/// Seats that work on one model in common memory: all of a trainer where they share a node, or one
/// alone.
class SeatGroup {
public:
    SeatGroup() = default;
    /// `comm`, whose ranks share a node, must outlive the group.
    /// `deadline`: of memory that is asked for.
    SeatGroup(const mpi::Comm& comm, mpi::Deadline deadline)
        : comm_(&comm), deadline_(std::move(deadline)) {}

    [[nodiscard]] int seat() const noexcept { return comm_ == nullptr ? 0 : comm_->rank(); }
    [[nodiscard]] int seats() const noexcept { return comm_ == nullptr ? 1 : comm_->size(); }

    /// Collective. Throws Error where the node lacks the memory.
    [[nodiscard]] GroupMemory allocate(std::size_t size_bytes) const;
    /// Collective. What each seat wrote to group memory before is seen by all after it.
    void publish(const mpi::Deadline& deadline) const;
    /// The same, with the deadline of memory.
    void publish() const { publish(deadline_); }

private:
    const mpi::Comm* comm_ = nullptr;
    mpi::Deadline deadline_;
};

}  // namespace ltfb::trainer
