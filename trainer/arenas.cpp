#include "trainer/arenas.hpp"

#include <numeric>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::trainer {

namespace {

/// By seat: the first seat of its node.
std::vector<int> nodes_of_seats(const mpi::Comm& comm, const ArenaSettings& settings) {
    std::vector<int> nodes(static_cast<std::size_t>(comm.size()));
    std::iota(nodes.begin(), nodes.end(), 0);
    if (comm.size() == 1 || settings.sharing == ArenaSharing::separate) { return nodes; }
    if (settings.sharing == ArenaSharing::pairs) {
        for (int& node : nodes) { node /= 2; }
        return nodes;
    }
    const mpi::Comm node = comm.split_by_node();
    const mpi::Deadline& deadline = settings.deadline;
    const int first_here = comm.size() - mpi::max(node, comm.size() - comm.rank(), deadline);
    std::vector<std::uint64_t> all(nodes.size());
    std::vector<std::size_t> offsets(nodes.size() + 1);
    std::iota(offsets.begin(), offsets.end(), std::size_t{0});
    all[static_cast<std::size_t>(comm.rank())] = static_cast<std::uint64_t>(first_here);
    mpi::gather_all(comm, std::span(all), offsets, deadline);
    return {all.begin(), all.end()};
}

}  // namespace

GradientExchange parse_gradient_exchange(std::string_view name) {
    if (name == "fp32") { return GradientExchange::fp32; }
    if (name == "bf16") { return GradientExchange::bf16; }
    throw InputError(fmt::format("--gradient-exchange {}: unknown (use fp32, bf16)", name));
}

std::unique_ptr<Arenas> make_arenas(const mpi::Comm& comm,
                                    std::size_t arena_size,
                                    const ArenaSettings& settings) {
    if (comm.size() > 1 && settings.sharing == ArenaSharing::automatic) {
        if (auto arenas = make_shared_arenas(comm, arena_size, settings.deadline)) {
            return arenas;
        }
    }
    return make_node_arenas(comm, arena_size, nodes_of_seats(comm, settings), settings);
}

}  // namespace ltfb::trainer
