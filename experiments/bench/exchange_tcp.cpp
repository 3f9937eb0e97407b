#include "experiments/bench/exchange_tcp.hpp"

#include <filesystem>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "experiments/bench/halves.hpp"
#include "tournament/tcp_transport.hpp"

namespace asio = boost::asio;
using asio::ip::tcp;

namespace ltfb::bench {

namespace {

/// A port of every rank.
std::vector<unsigned short> ports_of_all(const mpi::Comm& world, unsigned short own) {
    const auto texts = mpi::gather_texts(world, std::to_string(own), 0, patience);
    std::string all;
    for (const std::string& text : texts) { all += text + " "; }
    std::istringstream words(mpi::broadcast(world, all, 0, patience));
    std::vector<unsigned short> ports;
    for (unsigned short port = 0; words >> port;) { ports.push_back(port); }
    return ports;
}

/// A plain connection between the same seats of both trainers.
class BareLine {
public:
    BareLine(const mpi::Comm& world, const Halves& halves) {
        tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
        const auto ports = ports_of_all(world, acceptor.local_endpoint().port());
        if (halves.trainer == 0) {
            const auto partner = static_cast<std::size_t>(halves.partner_rank);
            socket_.connect({asio::ip::address_v4::loopback(), ports[partner]});
        } else {
            acceptor.accept(socket_);
        }
        socket_.set_option(tcp::no_delay(true));
    }

    /// Both ways at once.
    void swap(std::span<const float> sent, std::span<float> received) {
        std::thread sender(
            [&] { asio::write(socket_, asio::buffer(sent.data(), sent.size_bytes())); });
        asio::read(socket_, asio::buffer(received.data(), received.size_bytes()));
        sender.join();
    }

private:
    asio::io_context context_;
    tcp::socket socket_{context_};
};

}  // namespace

void measure_exchange_tcp(mpi::Comm comm, const Options& options, Table& table) {
    const Halves halves(comm);
    const std::string folder = fmt::format(
        "{}/ltfb_bench_{}", std::filesystem::temp_directory_path().string(), ::getpid());
    std::vector<unsigned short> ports;  // complete before anybody looks for one
    BareLine bare_line(comm, halves);
    tournament::TcpTransport transport(
        {.self = {halves.trainer, halves.seats.rank()},
         .token = "bench",
         .folder = folder,
         .find = [&](tournament::Address seat) {
             const int rank = seat.trainer * halves.size + seat.seat;
             return tournament::Places{
                 fmt::format("127.0.0.1:{}", ports[static_cast<std::size_t>(rank)])};
         }});
    ports = ports_of_all(comm, transport.port());
    measure_race({.world = comm,
                  .halves = halves,
                  .transport = transport,
                  .bare_name = "bare_tcp_ms",
                  .bare_swap = [&](std::span<const float> sent,
                                   std::span<float> received) { bare_line.swap(sent, received); },
                  .start_turn = [&](int turn) { transport.enter_round(turn); },
                  .end_turn = [&](int turn) { transport.tell_saved(turn); }},
                 options,
                 table);
    mpi::barrier(comm, patience);
    std::filesystem::remove_all(folder);
}

}  // namespace ltfb::bench
