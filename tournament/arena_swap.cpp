#include "tournament/arena_swap.hpp"

namespace ltfb::tournament {

ArenaSwap::ArenaSwap(Transport& transport, const mpi::Comm& comm, std::size_t arena_size)
    : transport_(transport), comm_(comm), arena_size_(arena_size) {}

ArenaRange ArenaSwap::shard() const {
    return shard_of(arena_size_, comm_.rank(), comm_.size());
}

void ArenaSwap::start(int partner,
                      int partner_seats,
                      Bulk kind,
                      std::span<const float> sent,
                      std::span<float> received) {
    const ArenaRange mine = shard();
    for (int seat = 0; seat < partner_seats; ++seat) {
        const ArenaRange both = mine.intersection(shard_of(arena_size_, seat, partner_seats));
        if (both.size() == 0) { continue; }
        const std::size_t at = both.begin - mine.begin;
        const Address peer{partner, seat};
        if (!received.empty()) {
            transfers_.push_back(transport_.receive(
                peer, kind, std::as_writable_bytes(received.subspan(at, both.size()))));
        }
        if (!sent.empty()) {
            transfers_.push_back(
                transport_.send(peer, kind, std::as_bytes(sent.subspan(at, both.size()))));
        }
    }
}

bool ArenaSwap::test() {
    std::erase_if(transfers_, [](const auto& transfer) { return transfer->test(); });
    return transfers_.empty();
}

// MPI cannot be told to let go of an operation on a dead rank, so its requests are not released.
void ArenaSwap::abandon() {
    for (auto& transfer : transfers_) { static_cast<void>(transfer.release()); }
    transfers_.clear();
}

void ArenaSwap::gather(std::span<float> arena, const mpi::Deadline& deadline) const {
    mpi::gather_all(comm_, arena, shard_offsets(arena_size_, comm_.size()), deadline);
}

}  // namespace ltfb::tournament
