#include "tournament/mpi_transport.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace ltfb::tournament {

namespace {

/// Whether `call` got through. Where it failed and `throws` isn't set, that is said and no more.
template <class Call>
bool gets_through(const Call& call, bool throws) {
    try {
        call();
        return true;
    } catch (const mpi::MpiError& error) {
        if (throws) { throw; }
        std::fputs(fmt::format("tournament: a rank cannot be reached: {}\n", error.what()).c_str(),
                   stderr);
        return false;
    }
}

bool are_complete(std::vector<mpi::Request>& requests) {
    return std::all_of(
        requests.begin(), requests.end(), [](mpi::Request& request) { return request.test(); });
}

class MpiTransfer : public Transfer {
public:
    MpiTransfer(std::vector<mpi::Request> requests, bool has_failed, bool throws)
        : requests_(std::move(requests)), has_failed_(has_failed), throws_(throws) {}
    bool test() override {
        bool is_done = false;
        const auto ask = [&] { is_done = are_complete(requests_); };
        has_failed_ = has_failed_ || !gets_through(ask, throws_);
        return is_done && !has_failed_;
    }

private:
    std::vector<mpi::Request> requests_;
    bool has_failed_;
    bool throws_;
};

}  // namespace

MpiTransport::MpiTransport(const mpi::Comm& world,
                           std::vector<int> first_ranks,
                           std::size_t piece_bytes,
                           OnError on_error)
    : world_(world),
      first_ranks_(std::move(first_ranks)),
      piece_bytes_(piece_bytes),
      throws_(on_error == OnError::fail) {}

int MpiTransport::rank_of(Address address) const {
    return first_ranks_[static_cast<std::size_t>(address.trainer)] + address.seat;
}

/// A message that failed is as good as one that has left: whom it was for won't come back.
bool MpiTransport::has_left(Message& message) const {
    bool is_done = false;
    return !gets_through([&] { is_done = are_complete(message.requests); }, throws_) || is_done;
}

void MpiTransport::post(int trainer, Channel channel, std::string text) {
    assert(!text.empty());
    if (forgotten_.contains(trainer)) { return; }
    is_idle();  // releases what has left
    Message& message = posted_.emplace_back(Message{trainer, std::move(text), {}});
    // One MPI message whatever its size, since the receiver learns the size by probing.
    const auto send = [&] {
        mpi::start_send(world_,
                        rank_of({trainer, 0}),
                        static_cast<int>(channel),
                        std::as_bytes(std::span(message.text)),
                        message.requests,
                        message.text.size());
    };
    gets_through(send, throws_);
}

std::optional<std::string> MpiTransport::poll(int trainer, Channel channel) {
    if (forgotten_.contains(trainer)) { return std::nullopt; }
    const int rank = rank_of({trainer, 0});
    const int tag = static_cast<int>(channel);
    auto arriving = arriving_.find({rank, tag});
    if (arriving == arriving_.end()) {
        std::ptrdiff_t size = -1;
        gets_through([&] { size = mpi::probe(world_, rank, tag); }, throws_);
        if (size < 0) { return std::nullopt; }
        // A large message needs its sender's progress too, so it may take several polls.
        arriving = arriving_.try_emplace({rank, tag}).first;
        Message& message = arriving->second;
        message.text.resize(static_cast<std::size_t>(size));
        const auto receive = [&] {
            mpi::start_receive(world_,
                               rank,
                               tag,
                               std::as_writable_bytes(std::span(message.text)),
                               message.requests,
                               message.text.size());
        };
        message.has_failed = !gets_through(receive, throws_);
    }
    Message& message = arriving->second;
    bool is_here = false;
    const auto ask = [&] { is_here = are_complete(message.requests); };
    message.has_failed = message.has_failed || !gets_through(ask, throws_);
    if (!is_here || message.has_failed) { return std::nullopt; }
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
    const auto start = [&] {
        mpi::start_send(world_, rank_of(to), static_cast<int>(kind), bytes, requests, piece_bytes_);
    };
    const bool has_failed = !gets_through(start, throws_);
    return std::make_unique<MpiTransfer>(std::move(requests), has_failed, throws_);
}

std::unique_ptr<Transfer> MpiTransport::receive(Address from,
                                                Bulk kind,
                                                std::span<std::byte> bytes) {
    std::vector<mpi::Request> requests;
    const auto start = [&] {
        mpi::start_receive(
            world_, rank_of(from), static_cast<int>(kind), bytes, requests, piece_bytes_);
    };
    const bool has_failed = !gets_through(start, throws_);
    return std::make_unique<MpiTransfer>(std::move(requests), has_failed, throws_);
}

bool MpiTransport::is_idle() {
    posted_.remove_if([this](Message& message) { return has_left(message); });
    return posted_.empty();
}

}  // namespace ltfb::tournament
