#include "experiments/bench/exchange.hpp"

#include <span>

#include "experiments/bench/halves.hpp"
#include "tournament/mpi_transport.hpp"

namespace ltfb::bench {

namespace {

void send_and_receive(const mpi::Comm& world,
                      int partner,
                      std::span<const float> sent,
                      std::span<float> received) {
    const auto count = static_cast<int>(sent.size());
    mpi::check(MPI_Sendrecv(sent.data(),
                            count,
                            MPI_FLOAT,
                            partner,
                            0,
                            received.data(),
                            count,
                            MPI_FLOAT,
                            partner,
                            0,
                            world.get(),
                            MPI_STATUS_IGNORE),
               "MPI_Sendrecv");
}

}  // namespace

void measure_exchange(mpi::Comm comm, const Options& options, Table& table) {
    const Halves halves(comm);
    tournament::MpiTransport transport(comm, {0, halves.size});
    measure_race({.world = comm,
                  .halves = halves,
                  .transport = transport,
                  .bare_name = "sendrecv_ms",
                  .bare_swap =
                      [&](std::span<const float> sent, std::span<float> received) {
                          send_and_receive(comm, halves.partner_rank, sent, received);
                      }},
                 options,
                 table);
}

}  // namespace ltfb::bench
