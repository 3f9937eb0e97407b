#include "tournament/mpi_transport.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ltfb::tournament {

namespace {

class MpiTransfer : public Transfer {
public:
    explicit MpiTransfer(std::vector<mpi::Request> requests) : requests_(std::move(requests)) {}
    bool test() override {
        return std::all_of(
            requests_.begin(), requests_.end(), [](mpi::Request& r) { return r.test(); });
    }

private:
    std::vector<mpi::Request> requests_;
};

}  // namespace

MpiTransport::MpiTransport(const mpi::Comm& world,
                           std::vector<int> first_ranks,
                           std::size_t piece_bytes)
    : world_(world), first_ranks_(std::move(first_ranks)), piece_bytes_(piece_bytes) {}

int MpiTransport::rank_of(Address address) const {
    return first_ranks_[static_cast<std::size_t>(address.trainer)] + address.seat;
}

bool MpiTransport::Message::is_complete() {
    return std::all_of(requests.begin(), requests.end(), [](mpi::Request& r) { return r.test(); });
}

void MpiTransport::post(int trainer, Channel channel, std::string text) {
    assert(!text.empty());
    if (forgotten_.contains(trainer)) { return; }
    is_idle();  // releases what has left
    Message& message = posted_.emplace_back(Message{trainer, std::move(text), {}});
    // One MPI message whatever its size, since the receiver learns the size by probing.
    mpi::start_send(world_,
                    rank_of({trainer, 0}),
                    static_cast<int>(channel),
                    std::as_bytes(std::span(message.text)),
                    message.requests,
                    message.text.size());
}

std::optional<std::string> MpiTransport::poll(int trainer, Channel channel) {
    if (forgotten_.contains(trainer)) { return std::nullopt; }
    const int rank = rank_of({trainer, 0});
    const int tag = static_cast<int>(channel);
    auto arriving = arriving_.find({rank, tag});
    if (arriving == arriving_.end()) {
        const auto size = mpi::probe(world_, rank, tag);
        if (size < 0) { return std::nullopt; }
        // A large message needs its sender's progress too, so it may take several polls.
        arriving = arriving_.try_emplace({rank, tag}).first;
        Message& message = arriving->second;
        message.text.resize(static_cast<std::size_t>(size));
        mpi::start_receive(world_,
                           rank,
                           tag,
                           std::as_writable_bytes(std::span(message.text)),
                           message.requests,
                           message.text.size());
    }
    if (!arriving->second.is_complete()) { return std::nullopt; }
    std::string text = std::move(arriving->second.text);
    arriving_.erase(arriving);
    return text;
}

// An operation on a dead rank stays under way for ever, so its buffers do too: MPI may still hold
// them, and cannot be told to let go.
void MpiTransport::forget(int trainer) {
    forgotten_.insert(trainer);
    static_cast<void>(is_idle());
    for (auto at = posted_.begin(); at != posted_.end();) {
        const auto next = std::next(at);
        if (at->trainer == trainer) { abandoned_.splice(abandoned_.end(), posted_, at); }
        at = next;
    }
}

std::unique_ptr<Transfer> MpiTransport::send(Address to,
                                             Bulk kind,
                                             std::span<const std::byte> bytes) {
    std::vector<mpi::Request> requests;
    mpi::start_send(world_, rank_of(to), static_cast<int>(kind), bytes, requests, piece_bytes_);
    return std::make_unique<MpiTransfer>(std::move(requests));
}

std::unique_ptr<Transfer> MpiTransport::receive(Address from,
                                                Bulk kind,
                                                std::span<std::byte> bytes) {
    std::vector<mpi::Request> requests;
    mpi::start_receive(
        world_, rank_of(from), static_cast<int>(kind), bytes, requests, piece_bytes_);
    return std::make_unique<MpiTransfer>(std::move(requests));
}

bool MpiTransport::is_idle() {
    posted_.remove_if([](Message& message) { return message.is_complete(); });
    return posted_.empty();
}

}  // namespace ltfb::tournament
