#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <boost/beast/core/tcp_stream.hpp>

#include "orchestrator/server/server_service.hpp"

namespace ltfb::server {

/// A client that is sent the lines of a log for ever, as server-sent events. Its place in the log
/// is all that is kept for it: what it hasn't taken yet is read from the file when it's ready.
class EventStream : public Client, public std::enable_shared_from_this<EventStream> {
public:
    EventStream(Service& service, boost::beast::tcp_stream stream, StreamStart start);

    void start();

    void notice_news() override;
    void beat() override;
    void finish() override;
    void close() override;

private:
    void send_next();
    void send(ServedRun::Text text);
    void await_leaving();

    Service& service_;
    Registration registration_;
    boost::beast::tcp_stream stream_;
    std::shared_ptr<ServedRun> run_;
    std::uint64_t line_;        // the next to be sent
    std::uint64_t generation_;  // of the log
    ServedRun::Text sending_;   // empty while there's nothing to send
    std::array<char, 1024> scratch_{};
    std::size_t received_ = 0;
};

}  // namespace ltfb::server
