#include "experiments/bench/exchange.hpp"

#include <algorithm>
#include <vector>

#include "core/aligned.hpp"
#include "experiments/bench/halves.hpp"
#include "tournament/arena_swap.hpp"
#include "tournament/mpi_transport.hpp"
#include "trainer/model.hpp"

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
    const trainer::ModelLayout layout({.cell_features = options.cell_features,
                                       .drug_features = options.drug_features,
                                       .hidden = options.hidden});
    const Halves halves(comm);
    tournament::MpiTransport transport(comm, {0, halves.size});
    tournament::ArenaSwap swap(transport, halves.seats, layout.arena_size);
    const std::size_t shard = swap.shard().size();
    AlignedArray<float> sent(shard);
    AlignedArray<float> received(shard);
    std::ranges::fill(sent.span(), 1.0F + static_cast<float>(comm.rank()));

    std::vector<double> bare_s;
    std::vector<double> exchange_s;
    std::vector<double> ratios;
    for (int repeat = -options.warmup; repeat < options.repeats; ++repeat) {
        const double bare = time_of(comm, [&] {
            send_and_receive(comm, halves.partner_rank, sent.span(), received.span());
        });
        const double exchange = time_of(comm, [&] {
            swap.start(1 - halves.trainer,
                       halves.size,
                       tournament::Bulk::weights,
                       sent.span(),
                       received.span());
            mpi::wait_until([&] { return swap.test(); }, patience);
        });
        if (repeat < 0) { continue; }
        bare_s.push_back(bare);
        exchange_s.push_back(exchange);
        ratios.push_back(exchange / bare);
    }
    table.add("ranks", comm.size());
    table.add("hidden", options.hidden);
    table.add("arena_bytes", static_cast<std::uint64_t>(layout.arena_size * sizeof(float)));
    table.add("repeats", options.repeats);
    table.add("sendrecv_ms", 1e3 * median(bare_s));
    table.add("exchange_ms", 1e3 * median(exchange_s));
    table.add("ratio", median(ratios));
}

}  // namespace ltfb::bench
