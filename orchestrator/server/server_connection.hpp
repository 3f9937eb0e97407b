#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "orchestrator/server/server_http.hpp"
#include "orchestrator/server/server_service.hpp"

namespace ltfb::server {

/// One client, from accepting it to closing: reads a request, answers it, and reads the next, so
/// that pipelined requests are answered in order and no more than one answer is ever held. Every
/// wait has a limit. An answer with a stream hands the socket over to an EventStream.
class Connection : public Client, public std::enable_shared_from_this<Connection> {
public:
    Connection(Service& service, boost::asio::ip::tcp::socket socket);

    void start() { read_head(); }
    /// Answers 503 to whatever the client asks.
    void refuse();

    void finish() override;
    void close() override;

private:
    using ErrorCode = boost::system::error_code;

    void read_head();
    void read_body();
    void fail_to_read(const ErrorCode& error);
    void answer();
    void send(Response response, bool keeps_alive);
    void sent(const ErrorCode& error, bool keeps_alive);
    void linger(std::size_t read_so_far);

    Service& service_;
    Registration registration_;
    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    std::optional<RequestParser> parser_;
    bool is_idle_ = true;  // nothing of a request has been answered or is being answered
    std::string head_;
    Response response_;
    bool has_body_ = true;
    std::array<char, 4096> scratch_{};  // for what is read and thrown away
};

}  // namespace ltfb::server
