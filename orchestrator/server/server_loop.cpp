#include "orchestrator/server/server_loop.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "core/error.hpp"
#include "orchestrator/server/server_connection.hpp"

namespace ltfb::server {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr int polls_per_scan = 4;
// So many beyond the limit of connections are told so; what comes then is closed unheard.
constexpr std::size_t max_refusals = 64;

tcp::acceptor listen(asio::io_context& context, const ServerAddress& address) {
    try {
        return {context, tcp::endpoint(asio::ip::make_address(address.host), address.port)};
    } catch (const boost::system::system_error& error) {
        throw InputError(
            fmt::format("cannot listen on {}: {} (choose another ADDRESS:PORT, "
                        "or port 0 for any free one)",
                        address.to_text(),
                        error.code().message()));
    }
}

}  // namespace

ServerLoop::ServerLoop(const ServerAddress& address)
    : address_(address), acceptor_(listen(context_, address)) {
    address_.port = acceptor_.local_endpoint().port();
}

void ServerLoop::open(std::unique_ptr<Service> service) {
    service_ = std::move(service);
    accept();
    wait_to_beat();
    poll();
}

template <class Visit>
void ServerLoop::for_each_client(Visit visit) {
    const std::vector<Client*> clients(service_->clients.begin(), service_->clients.end());
    for (Client* const client : clients) { visit(*client); }
}

void ServerLoop::accept() {
    acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
        if (error) {
            // Out of descriptors, say: trying again at once would keep the processor busy.
            accept_timer_.expires_after(accept_pause);
            accept_timer_.async_wait([this](ErrorCode) { accept(); });
            return;
        }
        accept();
        welcome(std::move(socket));
    });
}

void ServerLoop::welcome(tcp::socket socket) {
    const std::size_t clients = service_->clients.size();
    if (clients >= service_->limits.connections + max_refusals) { return; }
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto connection = std::make_shared<Connection>(*service_, std::move(socket));
    if (clients >= service_->limits.connections) {
        connection->refuse();
    } else {
        connection->start();
    }
}

void ServerLoop::wait_to_poll() {
    poll_timer_.expires_after(service_->limits.poll);
    poll_timer_.async_wait([this](ErrorCode) {
        if (++polls_ % polls_per_scan == 0) { service_->runs.scan(); }
        poll();
    });
}

// Long logs are read in parts, so that requests are answered in between.
void ServerLoop::poll() {
    const bool has_more = read_on();
    if (has_more) {
        asio::post(context_, [this] { poll(); });
    } else {
        wait_to_poll();
    }
    for_each_client([](Client& client) { client.notice_news(); });
}

bool ServerLoop::read_on() noexcept {
    try {
        return service_->runs.poll();
    } catch (const std::exception&) {
        ++service_->counters.errors;  // a failing disk: try again at the next poll
        return false;
    }
}

void ServerLoop::wait_to_beat() {
    beat_timer_.expires_after(service_->limits.beat);
    beat_timer_.async_wait([this](ErrorCode) {
        wait_to_beat();
        for_each_client([](Client& client) { client.beat(); });
    });
}

// Whatever goes wrong in a handler ends that handler and its client, not the run.
void ServerLoop::work() {
    while (!context_.stopped()) {
        try {
            context_.run();
        } catch (const std::exception&) { ++service_->counters.errors; }
    }
}

void ServerLoop::run() {
    work();
    try {
        drain();
    } catch (const std::exception&) { ++service_->counters.errors; }
}

// Streams are sent the last lines of the logs, answers that have begun are sent whole, and nothing
// new begins. Whoever isn't done in time is cut off.
void ServerLoop::drain() {
    const auto end = std::chrono::steady_clock::now() + service_->limits.grace;
    service_->is_closing = true;
    acceptor_.close();
    while (read_on() && std::chrono::steady_clock::now() < end) {}
    for_each_client([](Client& client) { client.finish(); });
    while (!service_->clients.empty() && std::chrono::steady_clock::now() < end) {
        context_.restart();
        context_.run_one_until(end);
    }
    for_each_client([](Client& client) { client.close(); });
}

}  // namespace ltfb::server
