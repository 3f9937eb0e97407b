#include "tournament/pairing.hpp"

#include <numeric>
#include <vector>

#include "core/rng.hpp"

namespace ltfb::tournament {

std::optional<int> opponent_of(int trainer, int num_trainers, int round, std::uint64_t seed) {
    std::vector<int> order(static_cast<std::size_t>(num_trainers));
    std::iota(order.begin(), order.end(), 0);
    Rng rng(seed, Stream::pairing, {static_cast<std::uint32_t>(round), 0});
    shuffle(order, rng);
    for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
        if (order[i] == trainer) { return order[i + 1]; }
        if (order[i + 1] == trainer) { return order[i]; }
    }
    return std::nullopt;
}

}  // namespace ltfb::tournament
