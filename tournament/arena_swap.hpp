#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/mpi.hpp"
#include "core/shard.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// Swaps arenas between the seats of two trainers, which may differ in number: each seat sends the
/// parts of its shard to the seats whose shards they belong to there, and receives its own shard in
/// parts. Nothing goes through a lead seat.
class ArenaSwap {
public:
    /// `comm`: the own trainer's seats. Both must outlive this object.
    ArenaSwap(Transport& transport, const mpi::Comm& comm, std::size_t arena_size);

    /// Starts sending `sent` and receiving into `received` [shard]; either may be empty. Buffers
    /// must stay until all is done.
    void start(int partner,
               int partner_seats,
               Bulk kind,
               std::span<const float> sent,
               std::span<float> received);
    /// True once all that was started is complete; makes progress. Local.
    bool test();
    /// Nobody answers any more: gives up what is under way, whose buffers then stay in use for
    /// ever.
    void abandon();
    /// Collective over the own seats. Brings the shards of `arena` [arena] together.
    void gather(std::span<float> arena, const mpi::Deadline& deadline) const;

    /// Of this seat.
    [[nodiscard]] ArenaRange shard() const;

private:
    Transport& transport_;
    const mpi::Comm& comm_;
    std::size_t arena_size_;
    std::vector<std::unique_ptr<Transfer>> transfers_;
};

}  // namespace ltfb::tournament
