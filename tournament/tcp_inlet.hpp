#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tournament/tcp_frame.hpp"

namespace ltfb::tournament {

/// The connection by which another seat sends to this one. Lives in the transport's thread.
class TcpInlet : public std::enable_shared_from_this<TcpInlet> {
public:
    struct Events {
        /// Whether the greeting is one of this run's to this seat.
        std::function<bool(const Greeting&)> is_welcome;
        /// After a greeting: closes an older connection of the same sender; the round to answer.
        std::function<int(TcpInlet&)> opened;
        std::function<void(TcpInlet&, const FrameHead&, std::string)> text;
        /// Whether the piece was taken; otherwise `offer_again` follows.
        std::function<bool(TcpInlet&, const FrameHead&, std::span<const std::byte>)> piece;
        std::function<void(TcpInlet&)> closed;
    };

    TcpInlet(boost::asio::ip::tcp::socket socket, const Events& events);

    void start();
    /// Offers the piece again that wasn't taken, if there is one.
    void offer_again();
    void tell_saved(int round);
    void close();

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }
    [[nodiscard]] Address from() const noexcept { return from_; }

private:
    void take_greeting();
    void read_head();
    void read_piece();
    void take_piece();

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    const Events& events_;
    bool is_open_ = false;  // has greeted
    bool is_closed_ = false;
    bool is_waiting_ = false;  // a piece wasn't taken
    Address from_;
    PackedGreeting greeting_{};
    PackedHead packed_{};
    FrameHead head_;
    std::vector<std::byte> piece_;
    std::string text_;  // what has come of it
};

}  // namespace ltfb::tournament
