#include "orchestrator/server/server_event_stream.hpp"

#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>

namespace ltfb::server {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

namespace {
// A client of a stream has nothing more to say.
constexpr std::size_t max_received_bytes = std::size_t{64} << 10U;

ServedRun::Text text_of(const char* text) {
    return std::make_shared<const std::string>(text);
}
}  // namespace

EventStream::EventStream(Service& service, boost::beast::tcp_stream stream, StreamStart start)
    : service_(service),
      registration_(service, *this),
      stream_(std::move(stream)),
      run_(std::move(start.run)),
      line_(start.line),
      generation_(run_->log().generation()) {}

void EventStream::start() {
    await_leaving();
    send_next();
}

void EventStream::send_next() {
    const FollowedLog& log = run_->log();
    const bool is_ahead = line_ > log.lines() && !log.is_behind();
    if (log.generation() != generation_ || is_ahead) {
        generation_ = log.generation();
        line_ = 0;
        return send(text_of("event: reset\ndata: {}\n\n"));
    }
    while (line_ < log.lines()) {
        const auto chunk = run_->stream_chunk(line_);
        if (chunk.next == line_) { return; }  // the file is gone: its follower will notice
        line_ = chunk.next;
        if (!chunk.text->empty()) { return send(chunk.text); }
    }
    if (service_.is_closing) { close(); }
}

void EventStream::send(ServedRun::Text text) {
    sending_ = std::move(text);
    stream_.expires_after(service_.limits.write);
    asio::async_write(stream_,
                      asio::buffer(*sending_),
                      [self = shared_from_this()](ErrorCode error, std::size_t) {
                          self->sending_.reset();
                          if (error) {
                              const bool is_slow = error == boost::beast::error::timeout;
                              self->service_.counters.dropped += is_slow ? 1 : 0;
                              return self->close();
                          }
                          self->stream_.expires_never();
                          self->send_next();
                      });
}

// Reads past the stream's timers, which are for writing.
void EventStream::await_leaving() {
    stream_.socket().async_read_some(
        asio::buffer(scratch_), [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
            self->received_ += bytes;
            if (error || self->received_ > max_received_bytes) { return self->close(); }
            self->await_leaving();
        });
}

void EventStream::notice_news() {
    if (!sending_) { send_next(); }
}

void EventStream::beat() {
    if (!sending_) { send(text_of(": still here\n\n")); }
}

void EventStream::finish() {
    notice_news();
}

void EventStream::close() {
    stream_.close();
}

}  // namespace ltfb::server
