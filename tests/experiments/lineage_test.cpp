#include "experiments/log/lineage.hpp"

#include <map>

#include <doctest/doctest.h>

#include "experiments/log/run_log_builder.hpp"
#include "log_fixture.hpp"

using namespace ltfb::experiments;
using namespace ltfb::experiments::test;

namespace {

/// Four trainers: round 0: 1 adopts 0, 3 adopts 2. Round 1: 2 adopts 1 (of founder 0).
/// Round 2: 0 adopts 3 (of founder 2), 1 adopts 2 (of founder 0). Round 3: 0 adopts 2, 3 adopts 1.
RunLog small_log() {
    struct Step {
        int round, trainer, from, lineage;
    };
    const std::vector<Step> steps{{0, 1, 0, 0},
                                  {0, 3, 2, 2},
                                  {1, 2, 1, 0},
                                  {2, 0, 3, 2},
                                  {2, 1, 2, 0},
                                  {3, 0, 2, 0},
                                  {3, 3, 1, 0}};
    std::vector<int> lineage{0, 1, 2, 3};
    std::vector<std::string> lines;
    std::int64_t seq = 0;
    for (int round = 0; round < 4; ++round) {
        const auto before = lineage;
        for (int t = 0; t < 4; ++t) {
            const auto i = static_cast<std::size_t>(t);
            lines.push_back(
                line(seq++, "eval", round, t, before[i], R"("split":"tournament","mse":0.5)"));
            for (const auto& step : steps) {
                if (step.round != round || step.trainer != t) { continue; }
                lines.push_back(line(seq++,
                                     "adopt",
                                     round,
                                     t,
                                     step.lineage,
                                     R"("from_trainer":)" + std::to_string(step.from) +
                                         R"(,"from_lineage":)" + std::to_string(step.lineage)));
                lineage[i] = step.lineage;
            }
        }
    }
    const ScratchFolder folder;
    write_lines(folder / "log", lines);
    return read_run(folder / "log");
}

using Path = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("ancestors go back through adoptions") {
    const RunLog log = small_log();
    REQUIRE(log.problems.count() == 0);
    CHECK(ancestors_of(log, 3, 3) == Path{0, 1, 2, 1});
    CHECK(ancestors_of(log, 0, 3) == Path{0, 1, 2, 2});
    CHECK(ancestors_of(log, 0, 2) == Path{2, 3, 3});
    CHECK(ancestors_of(log, 2, 0) == Path{2});
}

TEST_CASE("founders die out until the population coalesces") {
    const RunLog log = small_log();
    const auto after = [&](std::int32_t round) {
        std::map<std::int32_t, std::int32_t> counts;
        for (const auto& count : founders_after(log, round)) {
            counts[count.founder] = count.models;
        }
        return counts;
    };
    CHECK(after(0) == std::map<std::int32_t, std::int32_t>{{0, 2}, {2, 2}});
    CHECK(after(1) == std::map<std::int32_t, std::int32_t>{{0, 3}, {2, 1}});
    CHECK(after(2) == std::map<std::int32_t, std::int32_t>{{0, 2}, {2, 2}});
    CHECK(after(3) == std::map<std::int32_t, std::int32_t>{{0, 4}});
    CHECK(coalescence_round(log) == 3);
}

TEST_CASE("branches know their parents, and which of them lead to survivors") {
    const auto branches = branches_of(small_log());
    std::size_t alive = 0;
    for (std::size_t i = 0; i < branches.size(); ++i) {
        const Branch& branch = branches[i];
        CHECK((branch.parent == nobody) == (branch.begin == -1));
        if (branch.parent != nobody) {
            const Branch& parent = branches[static_cast<std::size_t>(branch.parent)];
            CHECK(static_cast<std::size_t>(branch.parent) < i);
            CHECK(parent.lineage == branch.lineage);
            CHECK(parent.begin < branch.begin);
            if (branch.has_living_kin) { CHECK(parent.has_living_kin); }
        }
        alive += branch.is_alive ? 1 : 0;
    }
    CHECK(branches.size() == 11);  // 4 founders and 7 adoptions
    CHECK(alive == 4);
    // Founder 2's line ended: nobody descends from it.
    CHECK_FALSE(branches[2].has_living_kin);
    CHECK(branches[0].has_living_kin);
}

TEST_CASE("in a simulated run the lineage column is what the adoptions say") {
    const ScratchFolder folder;
    const RunLog log = read_run(simulate_small(folder));
    for (const auto& rank : final_standings(log)) {
        const auto path = ancestors_of(log, rank.trainer, log.rounds() - 1);
        CHECK(path[0] == rank.lineage);  // the founder's own first round
        for (std::int32_t round = 0; round < log.rounds(); ++round) {
            const std::size_t row = log.row_of(round, path[static_cast<std::size_t>(round)]);
            REQUIRE(row != no_row);
            CHECK(log.rows.lineage[row] == rank.lineage);
        }
    }
    const std::int32_t coalesced = coalescence_round(log);
    REQUIRE(coalesced > 0);
    CHECK(founders_after(log, coalesced).size() == 1);
    CHECK(founders_after(log, coalesced - 1).size() > 1);
}
