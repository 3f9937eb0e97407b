#include "orchestrator/server/server_connection.hpp"

#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/read.hpp>

#include "orchestrator/server/server_event_stream.hpp"

namespace ltfb::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {
// Room for a head at its limit and a little more; bodies pass through in pieces.
constexpr std::size_t buffer_bytes = 2 * max_head_bytes;
constexpr std::size_t max_lingering_bytes = std::size_t{256} << 10U;
}  // namespace

Connection::Connection(Service& service, asio::ip::tcp::socket socket)
    : service_(service),
      registration_(service, *this),
      stream_(std::move(socket)),
      buffer_(buffer_bytes) {}

void Connection::refuse() {
    ++service_.counters.refused;
    is_idle_ = false;
    auto response = error_response(503, "too many connections (try again later)");
    response.headers.emplace_back("Retry-After", "5");
    send(std::move(response), false);
}

void Connection::read_head() {
    is_idle_ = true;
    if (service_.is_closing) { return close(); }
    parser_.emplace();
    set_limits(*parser_);
    stream_.expires_after(service_.limits.request);
    http::async_read_header(
        stream_, buffer_, *parser_, [self = shared_from_this()](ErrorCode error, std::size_t) {
            if (error) { return self->fail_to_read(error); }
            if (auto refusal = refuse_head(*self->parser_)) {
                return self->send(*std::move(refusal), false);
            }
            self->read_body();
        });
}

void Connection::read_body() {
    is_idle_ = false;
    http::async_read(
        stream_, buffer_, *parser_, [self = shared_from_this()](ErrorCode error, std::size_t) {
            if (error) { return self->fail_to_read(error); }
            self->answer();
        });
}

void Connection::fail_to_read(const ErrorCode& error) {
    if (error == beast::error::timeout) {
        service_.counters.dropped += parser_->got_some() ? 1 : 0;
        return close();
    }
    if (auto refusal = refuse_malformed(error)) { return send(*std::move(refusal), false); }
    close();  // the client has left
}

void Connection::answer() {
    const auto& message = parser_->get();
    auto request = to_request(message);
    has_body_ = message.method() != http::verb::head;
    auto response = std::holds_alternative<Request>(request)
                        ? respond(std::get<Request>(request), service_.answers())
                        : std::get<Response>(std::move(request));
    const bool keeps_alive = parser_->keep_alive() && !response.closes && !service_.is_closing;
    send(std::move(response), keeps_alive);
}

void Connection::send(Response response, bool keeps_alive) {
    is_idle_ = false;
    ++service_.counters.requests;
    response_ = std::move(response);
    head_ = head_text(response_, keeps_alive);
    const std::array<asio::const_buffer, 2> buffers{
        asio::buffer(head_), has_body_ ? asio::buffer(*response_.body) : asio::const_buffer{}};
    stream_.expires_after(service_.limits.write);
    asio::async_write(
        stream_, buffers, [self = shared_from_this(), keeps_alive](ErrorCode error, std::size_t) {
            self->sent(error, keeps_alive);
        });
}

void Connection::sent(const ErrorCode& error, bool keeps_alive) {
    if (error) {
        service_.counters.dropped += error == beast::error::timeout ? 1 : 0;
        return close();
    }
    if (response_.stream && has_body_) {
        std::make_shared<EventStream>(service_, std::move(stream_), *std::move(response_.stream))
            ->start();
        return;
    }
    response_ = {};
    if (keeps_alive) { return read_head(); }
    ErrorCode ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(service_.limits.linger);
    linger(0);
}

// Closing while the client still sends would reset the connection, and our answer with it.
void Connection::linger(std::size_t read_so_far) {
    if (read_so_far > max_lingering_bytes) { return close(); }
    stream_.async_read_some(
        asio::buffer(scratch_),
        [self = shared_from_this(), read_so_far](ErrorCode error, std::size_t bytes) {
            if (error) { return self->close(); }
            self->linger(read_so_far + bytes);
        });
}

void Connection::finish() {
    if (is_idle_) { close(); }
}

void Connection::close() {
    stream_.close();
}

}  // namespace ltfb::server
