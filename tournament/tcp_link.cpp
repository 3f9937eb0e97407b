#include "tournament/tcp_link.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace ltfb::tournament {

namespace {

constexpr auto pause = std::chrono::milliseconds(50);  // before another attempt
constexpr auto patience = std::chrono::seconds(3);     // for an answer to one

tcp::endpoint endpoint_of(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) { return {}; }
    ErrorCode error;
    const auto address = asio::ip::make_address(text.substr(0, colon), error);
    if (error) { return {}; }
    return {address, static_cast<unsigned short>(std::strtoul(&text[colon + 1], nullptr, 10))};
}

}  // namespace

TcpLink::TcpLink(asio::io_context& context, TcpShared& shared, const TcpSeat& own, Address to)
    : context_(context),
      shared_(shared),
      own_(own),
      to_(to),
      socket_(context),
      timer_(context),
      greeting_(pack(Greeting{.token = own.token, .from = own.self, .to = to})) {}

void TcpLink::wake() {
    if (phase_ == Phase::open && !message_) { send_next(); }
    if (phase_ == Phase::idle) { connect(); }
}

void TcpLink::check_place() {
    if (phase_ != Phase::open) { return; }
    const Places now = own_.find(to_);
    if (!now.empty() && now != places_) { fail(); }
}

void TcpLink::give_up() {
    ErrorCode ignored;
    socket_.close(ignored);
    timer_.cancel();
    ++attempt_;
    message_.reset();
    phase_ = Phase::given_up;
}

void TcpLink::connect() {
    if (phase_ == Phase::given_up) { return; }
    phase_ = Phase::connecting;
    places_ = own_.find(to_);
    next_place_ = 0;
    try_next();
}

void TcpLink::try_next() {
    ErrorCode ignored;
    socket_.close(ignored);
    const std::uint64_t attempt = ++attempt_;
    if (next_place_ >= places_.size()) { return retry_in_a_moment(); }
    const tcp::endpoint endpoint = endpoint_of(places_[next_place_++]);
    limit_time();
    socket_.async_connect(endpoint, [this, attempt](const ErrorCode& error) {
        if (attempt != attempt_) { return; }
        error ? try_next() : greet();
    });
}

void TcpLink::limit_time() {
    timer_.expires_after(patience);
    timer_.async_wait([this, attempt = attempt_](const ErrorCode& error) {
        if (!error && attempt == attempt_ && phase_ == Phase::connecting) { try_next(); }
    });
}

void TcpLink::retry_in_a_moment() {
    timer_.expires_after(pause);
    timer_.async_wait([this](const ErrorCode& error) {
        if (!error) { connect(); }
    });
}

void TcpLink::greet() {
    ErrorCode ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    asio::async_write(socket_,
                      asio::buffer(greeting_),
                      [this, attempt = attempt_](const ErrorCode& error, std::size_t) {
                          if (attempt != attempt_) { return; }
                          error ? try_next() : read_answer();
                      });
}

void TcpLink::read_answer() {
    asio::async_read(socket_,
                     asio::buffer(note_),
                     [this, attempt = attempt_](const ErrorCode& error, std::size_t) {
                         if (attempt != attempt_) { return; }
                         if (error) { return try_next(); }
                         timer_.cancel();
                         phase_ = Phase::open;
                         last_sent_ = 0;
                         take_note();
                         if (phase_ != Phase::open) { return; }
                         read_notes();
                         send_next();
                     });
}

void TcpLink::read_notes() {
    asio::async_read(socket_,
                     asio::buffer(note_),
                     [this, attempt = attempt_](const ErrorCode& error, std::size_t) {
                         if (attempt != attempt_) { return; }
                         if (error) { return fail(); }
                         take_note();
                         if (phase_ == Phase::open) { read_notes(); }
                     });
}

void TcpLink::take_note() {
    try {
        const int saved = unpack_note(note_);
        const std::scoped_lock lock(shared_.mutex);
        shared_.log.drop_saved(to_, saved);
    } catch (const Error&) { fail(); }
}

void TcpLink::send_next() {
    {
        const std::scoped_lock lock(shared_.mutex);
        message_ = shared_.log.next(to_, last_sent_);
    }
    offset_ = 0;
    if (message_) { send_piece(); }
}

void TcpLink::send_piece() {
    const auto all = message_->bytes();
    piece_bytes_ = std::min<std::uint64_t>(frame_bytes, all.size() - offset_);
    const auto piece = all.subspan(offset_, piece_bytes_);
    head_ = pack(FrameHead{.kind = message_->kind(),
                           .round = message_->round(),
                           .total_bytes = all.size(),
                           .offset = offset_,
                           .bytes = static_cast<std::uint32_t>(piece_bytes_),
                           .digest = digest_bytes(piece)});
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                                    asio::buffer(piece.data(), piece.size())};
    asio::async_write(
        socket_,
        buffers,
        [this, attempt = attempt_, message = message_](const ErrorCode& error, std::size_t) {
            if (attempt != attempt_) { return; }
            if (error) { return fail(); }
            offset_ += piece_bytes_;
            if (offset_ < message->bytes().size()) { return send_piece(); }
            last_sent_ = message->number();
            send_next();
        });
}

void TcpLink::fail() {
    ErrorCode ignored;
    socket_.close(ignored);
    ++attempt_;
    message_.reset();
    phase_ = Phase::connecting;
    retry_in_a_moment();
}

}  // namespace ltfb::tournament
