#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
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
    SeatGroup(const mpi::Comm& comm, double deadline_s) : comm_(&comm), deadline_s_(deadline_s) {}

    [[nodiscard]] int seat() const noexcept { return comm_ == nullptr ? 0 : comm_->rank(); }
    [[nodiscard]] int seats() const noexcept { return comm_ == nullptr ? 1 : comm_->size(); }

    /// Collective. Throws Error where the node lacks the memory.
    [[nodiscard]] GroupMemory allocate(std::size_t size_bytes) const;
    /// Collective. What each seat wrote to group memory before is seen by all after it. `what` says
    /// what a seat waits for.
    void publish(std::string_view what) const;

private:
    const mpi::Comm* comm_ = nullptr;
    double deadline_s_ = 0.0;
};

}  // namespace ltfb::trainer
