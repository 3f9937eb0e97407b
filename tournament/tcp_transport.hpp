#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "tournament/transport.hpp"

namespace ltfb::tournament {

/// Where a seat listens, "address:port" each, the likeliest first; empty while that isn't known.
using Places = std::vector<std::string>;

/// One seat of a trainer that is an MPI job of its own.
struct TcpSeat {
    Address self;
    std::string token;                    // of the run; whoever hasn't got it is turned away
    std::string folder = {};              // for what may have to be sent again; "": in memory
    int incarnation = 0;                  // how often the trainer has been started before
    std::function<Places(Address)> find;  // asked again and again, from another thread
};

/// Transport between trainers that are MPI jobs of their own, by TCP, seat to seat. Any of them may
/// die and be started again from the state that it saved after some round:
///  - Every message is about a round, and in a round there is one of each kind between two seats.
///    A trainer that plays a round again sends the same messages again; what a receiver had already
///    is dropped. So a message has to arrive at least once, and counts once.
///  - A message is held (SentLog) until its receiver has said that a later state of its own is
///    saved. A receiver that comes back says after which round it goes on, and gets what is held.
///    "Saved" is said only when the state is on the disk, so nothing that is needed is dropped.
///  - Sending copies, and is complete at once: nobody ever waits for a receiver.
/// A seat opens one connection to each seat that it sends to. A thread serves the connections, so
/// that a trainer is served also while its opponent computes; it calls no MPI. A bulk message waits
/// in its connection until its receiver has a place for it: what is behind it there is about later
/// parts of the same match, or later rounds.
class TcpTransport : public Transport {
public:
    /// Listens on a free port. Throws Error.
    explicit TcpTransport(TcpSeat seat);
    ~TcpTransport() override;
    TcpTransport(const TcpTransport&) = delete;
    TcpTransport& operator=(const TcpTransport&) = delete;
    TcpTransport(TcpTransport&&) = delete;
    TcpTransport& operator=(TcpTransport&&) = delete;

    [[nodiscard]] unsigned short port() const noexcept;

    void enter_round(int round) override;
    void post(int trainer, Channel channel, std::string text) override;
    std::optional<std::string> poll(int trainer, Channel channel) override;
    std::unique_ptr<Transfer> send(Address to,
                                   Bulk kind,
                                   std::span<const std::byte> bytes) override;
    std::unique_ptr<Transfer> receive(Address from, Bulk kind, std::span<std::byte> bytes) override;
    void forget(int trainer) override;

    /// What the own state after a round has to hold of this object.
    [[nodiscard]] Json memory() const;
    /// Goes on after `round`, whose state held `memory`. Before anything is sent.
    void restore(const Json& memory, int round);
    /// The own state after `round` is on the disk: nothing older is needed again.
    void tell_saved(int round);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ltfb::tournament
