#include "experiments/bench/exchange_tcp.hpp"

#include <algorithm>
#include <filesystem>
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

#include "core/aligned.hpp"
#include "core/stopwatch.hpp"
#include "experiments/bench/halves.hpp"
#include "tournament/arena_swap.hpp"
#include "tournament/tcp_transport.hpp"
#include "trainer/model.hpp"

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
    const trainer::ModelLayout layout({.cell_features = options.cell_features,
                                       .drug_features = options.drug_features,
                                       .hidden = options.hidden});
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
    tournament::ArenaSwap swap(transport, halves.seats, layout.arena_size);
    const std::size_t shard = swap.shard().size();
    AlignedArray<float> sent(shard);
    AlignedArray<float> received(shard);
    std::ranges::fill(sent.span(), 1.0F + static_cast<float>(comm.rank()));

    std::vector<double> bare_s;
    std::vector<double> exchange_s;
    std::vector<double> ratios;
    for (int repeat = 0; repeat < options.warmup + options.repeats; ++repeat) {
        const double bare = time_of(comm, [&] { bare_line.swap(sent.span(), received.span()); });
        const double exchange = time_of(comm, [&] {
            transport.enter_round(repeat);
            swap.start(1 - halves.trainer,
                       halves.size,
                       tournament::Bulk::weights,
                       sent.span(),
                       received.span());
            mpi::wait_until([&] { return swap.test(); }, patience);
        });
        transport.tell_saved(repeat);
        if (repeat < options.warmup) { continue; }
        bare_s.push_back(bare);
        exchange_s.push_back(exchange);
        ratios.push_back(exchange / bare);
    }
    mpi::barrier(comm, patience);
    std::filesystem::remove_all(folder);
    table.add("ranks", comm.size());
    table.add("hidden", options.hidden);
    table.add("arena_bytes", static_cast<std::uint64_t>(layout.arena_size * sizeof(float)));
    table.add("repeats", options.repeats);
    table.add("bare_tcp_ms", 1e3 * median(bare_s));
    table.add("exchange_ms", 1e3 * median(exchange_s));
    table.add("ratio", median(ratios));
}

}  // namespace ltfb::bench
