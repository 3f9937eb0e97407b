#include "experiments/bench/halves.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "tournament/arena_swap.hpp"
#include "trainer/model.hpp"

namespace ltfb::bench {

void measure_race(const ExchangeRace& race, const Options& options, Table& table) {
    const trainer::ModelLayout layout({.cell_features = options.cell_features,
                                       .drug_features = options.drug_features,
                                       .hidden = options.hidden});
    tournament::ArenaSwap swap(race.transport, race.halves.seats, layout.arena_size);
    const std::size_t shard = swap.shard().size();
    AlignedArray<float> sent(shard);
    AlignedArray<float> received(shard);
    std::ranges::fill(sent.span(), 1.0F + static_cast<float>(race.world.rank()));

    std::vector<double> bare_s;
    std::vector<double> exchange_s;
    std::vector<double> ratios;
    for (int turn = 0; turn < options.warmup + options.repeats; ++turn) {
        const double bare =
            time_of(race.world, [&] { race.bare_swap(sent.span(), received.span()); });
        const double exchange = time_of(race.world, [&] {
            race.start_turn(turn);
            swap.start(1 - race.halves.trainer,
                       race.halves.size,
                       tournament::Bulk::weights,
                       sent.span(),
                       received.span());
            mpi::wait_until([&] { return swap.test(); }, patience);
        });
        race.end_turn(turn);
        if (turn < options.warmup) { continue; }
        bare_s.push_back(bare);
        exchange_s.push_back(exchange);
        ratios.push_back(exchange / bare);
    }
    table.add("ranks", race.world.size());
    table.add("hidden", options.hidden);
    table.add("arena_bytes", static_cast<std::uint64_t>(layout.arena_size * sizeof(float)));
    table.add("repeats", options.repeats);
    table.add(race.bare_name, 1e3 * median(bare_s));
    table.add("exchange_ms", 1e3 * median(exchange_s));
    table.add("ratio", median(ratios));
}

}  // namespace ltfb::bench
