#include "tournament/tcp_inlet.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace ltfb::tournament {

namespace {
constexpr auto greeting_patience = std::chrono::seconds(5);
}

TcpInlet::TcpInlet(tcp::socket socket, const Events& events)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), events_(events) {}

void TcpInlet::start() {
    ErrorCode ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    timer_.expires_after(greeting_patience);
    timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
        if (!error && !self->is_open_) { self->close(); }
    });
    asio::async_read(socket_,
                     asio::buffer(greeting_),
                     [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                         error ? self->close() : self->take_greeting();
                     });
}

void TcpInlet::close() {
    if (std::exchange(is_closed_, true)) { return; }
    ErrorCode ignored;
    socket_.close(ignored);
    timer_.cancel();
    is_open_ = false;
    events_.closed(*this);
}

void TcpInlet::take_greeting() {
    if (is_closed_) { return; }
    try {
        const Greeting greeting = unpack(greeting_);
        if (!events_.is_welcome(greeting)) { return close(); }
        from_ = greeting.from;
    } catch (const Error&) { return close(); }
    is_open_ = true;
    timer_.cancel();
    tell_saved(events_.opened(*this));
    if (!is_closed_) { read_head(); }
}

// Some bytes, which the socket's buffer takes at once.
void TcpInlet::tell_saved(int round) {
    if (!is_open_) { return; }
    ErrorCode error;
    asio::write(socket_, asio::buffer(pack_note(round)), error);
    if (error) { close(); }
}

void TcpInlet::read_head() {
    asio::async_read(socket_,
                     asio::buffer(packed_),
                     [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                         if (error || self->is_closed_) { return self->close(); }
                         try {
                             self->head_ = unpack(self->packed_);
                         } catch (const Error&) { return self->close(); }
                         self->read_piece();
                     });
}

void TcpInlet::read_piece() {
    piece_.resize(head_.bytes);
    asio::async_read(socket_,
                     asio::buffer(piece_),
                     [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                         if (error || self->is_closed_) { return self->close(); }
                         // A damaged piece: the sender connects again, and starts over.
                         if (digest_bytes(self->piece_) != self->head_.digest) {
                             return self->close();
                         }
                         self->take_piece();
                     });
}

void TcpInlet::take_piece() {
    if (is_bulk(head_.kind)) {
        is_waiting_ = !events_.piece(*this, head_, piece_);
        if (!is_waiting_) { read_head(); }
        return;
    }
    if (head_.offset != text_.size()) { return close(); }
    text_.append(reinterpret_cast<const char*>(piece_.data()), piece_.size());
    if (text_.size() == head_.total_bytes) { events_.text(*this, head_, std::exchange(text_, {})); }
    read_head();
}

void TcpInlet::offer_again() {
    if (is_waiting_ && !is_closed_) { take_piece(); }
}

}  // namespace ltfb::tournament
