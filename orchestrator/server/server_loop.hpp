#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "orchestrator/server/server_address.hpp"
#include "orchestrator/server/server_service.hpp"

namespace ltfb::server {

/// What happens on a server's thread: clients are let in, logs are read on, and streams are told.
class ServerLoop {
public:
    /// Listens before it returns. Throws InputError where the address can't be had.
    explicit ServerLoop(const ServerAddress& address);

    /// The address with the port that it got.
    [[nodiscard]] const ServerAddress& address() const noexcept { return address_; }

    /// Starts to serve; what the logs hold is read on for a moment. Before `run`.
    void open(std::unique_ptr<Service> service);
    /// Works until `stop` is called, then lets clients take what is left for them.
    void run();
    /// Makes `run` come to its end. From any thread.
    void stop() { context_.stop(); }

private:
    void accept();
    void welcome(boost::asio::ip::tcp::socket socket);
    void wait_to_poll();
    void poll();
    void wait_to_beat();
    void work();
    void drain();
    bool read_on() noexcept;
    template <class Visit>
    void for_each_client(Visit visit);

    std::unique_ptr<Service> service_;  // outlives the clients, whom the context holds
    boost::asio::io_context context_{1};
    ServerAddress address_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer accept_timer_{context_};
    boost::asio::steady_timer poll_timer_{context_};
    boost::asio::steady_timer beat_timer_{context_};
    int polls_ = 0;
};

}  // namespace ltfb::server
