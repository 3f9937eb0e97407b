#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tournament/sent_log.hpp"
#include "tournament/tcp_frame.hpp"
#include "tournament/tcp_transport.hpp"

namespace ltfb::tournament {

/// What the thread of a TcpTransport shares with its owner.
struct TcpShared {
    std::mutex mutex;  // of what follows
    SentLog log;
    int saved_round = -1;
};

/// The connection by which a seat sends to another one: opened when there is something to send, and
/// again whenever it breaks, after which all that the other needs is sent from the start. Lives in
/// the transport's thread.
class TcpLink {
public:
    TcpLink(boost::asio::io_context& context, TcpShared& shared, const TcpSeat& own, Address to);

    /// There may be something to send.
    void wake();
    /// Opens another connection where the receiver is elsewhere now.
    void check_place();
    /// The receiver has died for good.
    void give_up();

private:
    void connect();
    void try_next();
    void greet();
    void read_answer();
    void read_notes();
    void take_note();
    void send_next();
    void send_piece();
    void fail();
    void retry_in_a_moment();
    void limit_time();

    boost::asio::io_context& context_;
    TcpShared& shared_;
    const TcpSeat& own_;
    Address to_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    enum class Phase { idle, connecting, open, given_up } phase_ = Phase::idle;
    Places places_;
    std::size_t next_place_ = 0;
    PackedGreeting greeting_;
    PackedNote note_{};
    PackedHead head_{};
    std::shared_ptr<const SentMessage> message_;  // under way
    std::uint64_t offset_ = 0;
    std::uint64_t piece_bytes_ = 0;
    std::uint64_t last_sent_ = 0;  // number
    std::uint64_t attempt_ = 0;    // so that what an old connection still reports is told apart
};

}  // namespace ltfb::tournament
