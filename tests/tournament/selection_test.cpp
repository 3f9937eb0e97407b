#include "tournament/selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "tournament/pairing.hpp"

using namespace ltfb::tournament;
using Kind = SelectionRule::Kind;
using Part = Meeting::Kind;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Case {
    std::vector<double> scores;
    std::vector<int> ages;
    Metric metric = Metric::mse;
};

std::vector<Meeting> meetings(const SelectionRule& rule,
                              const Case& population,
                              int round = 0,
                              std::uint64_t seed = 1) {
    std::vector<Meeting> all;
    const int n = static_cast<int>(population.scores.size());
    for (int trainer = 0; trainer < n; ++trainer) {
        all.push_back(meeting_of(trainer,
                                 n,
                                 rule,
                                 {population.scores, population.ages, population.metric},
                                 round,
                                 seed));
    }
    return all;
}

void check_partners(const std::vector<Meeting>& all) {
    for (int trainer = 0; trainer < static_cast<int>(all.size()); ++trainer) {
        const Meeting& own = all[static_cast<std::size_t>(trainer)];
        if (own.kind == Part::rest) {
            CHECK(own.partner == -1);
            continue;
        }
        REQUIRE(own.partner != trainer);
        const Meeting& other = all.at(static_cast<std::size_t>(own.partner));
        CHECK(other.partner == trainer);
        if (own.kind == Part::copy) { CHECK(other.kind == Part::serve); }
        if (own.kind == Part::serve) {
            CHECK((other.kind == Part::copy || other.kind == Part::judge));
        }
    }
}

Case ascending(int n) {
    Case population;
    for (int i = 0; i < n; ++i) {
        population.scores.push_back(i);
        population.ages.push_back(i);
    }
    return population;
}

}  // namespace

TEST_CASE("partners agree on who they are, for every rule, size and control") {
    for (const Kind kind : {Kind::pairwise, Kind::truncation, Kind::regularized_evolution}) {
        for (const int n : {1, 2, 3, 7, 16}) {
            for (const int control : {-1, 0, n - 1}) {
                const SelectionRule rule{.kind = kind, .quantile = 0.5, .control = control};
                for (int round = 0; round < 10; ++round) {
                    const auto all = meetings(rule, ascending(n), round);
                    check_partners(all);
                    CHECK(all == meetings(rule, ascending(n), round));
                    if (control >= 0) {
                        const Part part = all.at(static_cast<std::size_t>(control)).kind;
                        CHECK((part == Part::rest || part == Part::serve));
                    }
                    if (n == 16) {
                        CHECK(all != meetings(rule, ascending(n), round + 1));
                        CHECK(all != meetings(rule, ascending(n), round, 2));
                    }
                }
            }
        }
    }
}

TEST_CASE("pairwise needs no standings") {
    for (int trainer = 0; trainer < 8; ++trainer) {
        CHECK(meeting_of(trainer, 8, {}, {}, 3, 1) ==
              Meeting{Part::judge, *opponent_of(trainer, 8, 3, 1)});
    }
}

TEST_CASE("nobody meets in burn-in rounds, without selection, or before standings are known") {
    for (const Kind kind :
         {Kind::pairwise, Kind::truncation, Kind::regularized_evolution, Kind::none}) {
        const SelectionRule rule{.kind = kind, .burn_in_rounds = 2};
        const std::vector<Meeting> rest(8);
        CHECK(meetings(rule, ascending(8), 0) == rest);
        CHECK(meetings(rule, ascending(8), 1) == rest);
        CHECK((meetings(rule, ascending(8), 2) == rest) == (kind == Kind::none));
        if (is_population_wide(kind)) { CHECK(meeting_of(0, 8, rule, {}, 5, 1) == Meeting{}); }
    }
}

TEST_CASE("truncation: the worst quantile copies the best, each of them as often") {
    const SelectionRule rule{.kind = Kind::truncation, .quantile = 0.25};
    std::map<int, int> sources_of_worst;
    constexpr int rounds = 3000;
    for (int round = 0; round < rounds; ++round) {
        const auto all = meetings(rule, ascending(12), round);
        for (int trainer = 0; trainer < 12; ++trainer) {
            const Meeting& own = all.at(static_cast<std::size_t>(trainer));
            CHECK(own.kind == (trainer < 3 ? Part::serve : trainer >= 9 ? Part::copy : Part::rest));
        }
        ++sources_of_worst[all[11].partner];
    }
    REQUIRE(sources_of_worst.size() == 3);
    for (const auto& [source, count] : sources_of_worst) {
        CHECK(std::abs(count - rounds / 3) < 130);  // 5 standard deviations
    }
    auto high_is_best = ascending(12);
    high_is_best.metric = Metric::r2;
    CHECK(meetings(rule, high_is_best)[0].kind == Part::copy);
    CHECK(meetings(rule, high_is_best)[11].kind == Part::serve);
}

TEST_CASE("truncation copies nothing that isn't better, and never what isn't finite") {
    const SelectionRule rule{.kind = Kind::truncation, .quantile = 0.5};
    const Case equal{.scores = {1, 1, 1, 1}, .ages = {0, 0, 0, 0}};
    CHECK(meetings(rule, equal) == std::vector<Meeting>(4));
    const Case lost{.scores = {not_a_number, not_a_number, HUGE_VAL, not_a_number},
                    .ages = {0, 0, 0, 0}};
    CHECK(meetings(rule, lost) == std::vector<Meeting>(4));
    const Case one_left{.scores = {not_a_number, not_a_number, 5.0, not_a_number},
                        .ages = {0, 0, 0, 0}};
    for (int round = 0; round < 20; ++round) {
        const auto all = meetings(rule, one_left, round);
        CHECK(all[2].kind != Part::copy);
        for (const Meeting& own : all) {
            if (own.kind == Part::copy) { CHECK(own.partner == 2); }
        }
    }
}

TEST_CASE("small populations: one copies, and a control in the worst quantile does not") {
    const SelectionRule rule{.kind = Kind::truncation, .quantile = 0.1};
    CHECK(meetings(rule, ascending(2))[1] == Meeting{Part::copy, 0});
    const SelectionRule with_control{.kind = Kind::truncation, .quantile = 0.1, .control = 1};
    CHECK(meetings(with_control, ascending(2)) == std::vector<Meeting>(2));
    CHECK(meetings(rule, ascending(1)) == std::vector<Meeting>(1));
}

TEST_CASE("regularized evolution replaces the oldest, even the best of all") {
    const SelectionRule rule{.kind = Kind::regularized_evolution, .quantile = 0.1};
    Case population = ascending(8);
    population.ages = {9, 1, 2, 3, 4, 3, 2, 1};
    std::set<int> parents;
    for (int round = 0; round < 200; ++round) {
        const auto all = meetings(rule, population, round);
        CHECK(all[0].kind == Part::copy);
        parents.insert(all[0].partner);
        CHECK(all[6].kind == Part::rest);  // among any 3 of 7 there is a better one than 6 or 7
        CHECK(all[7].kind == Part::rest);
    }
    CHECK(parents == std::set<int>{1, 2, 3, 4, 5});
    const SelectionRule greedy{
        .kind = Kind::regularized_evolution, .quantile = 0.1, .sample_size = 100};
    CHECK(meetings(greedy, population)[0] == Meeting{Part::copy, 1});
    const SelectionRule kept{
        .kind = Kind::regularized_evolution, .quantile = 0.1, .sample_size = 100, .control = 0};
    CHECK(meetings(kept, population)[4] == Meeting{Part::copy, 0});
}

TEST_CASE("regularized evolution never copies what isn't finite; equal ages are replaced evenly") {
    const SelectionRule rule{.kind = Kind::regularized_evolution, .quantile = 0.5};
    const Case lost{.scores = {not_a_number, not_a_number, not_a_number, not_a_number},
                    .ages = {1, 2, 3, 4}};
    CHECK(meetings(rule, lost) == std::vector<Meeting>(4));
    std::map<int, int> replaced;
    const Case same_age{.scores = {1, 2, 3, 4}, .ages = {0, 0, 0, 0}};
    for (int round = 0; round < 1000; ++round) {
        const auto all = meetings(rule, same_age, round);
        for (int trainer = 0; trainer < 4; ++trainer) {
            replaced[trainer] +=
                all.at(static_cast<std::size_t>(trainer)).kind == Part::copy ? 1 : 0;
        }
    }
    for (const auto& [trainer, count] : replaced) { CHECK(std::abs(count - 500) < 80); }
}

TEST_CASE("who is gone meets nobody, and the others meet as if they were all there are") {
    const std::vector<int> everybody{0, 1, 2, 3, 4, 5};
    const std::vector<int> players{0, 2, 3, 5};
    const std::vector<double> scores{3, 1, 4, 1.5, 2, 6};
    const std::vector<int> ages{1, 2, 3, 4, 5, 6};
    const ltfb::tournament::Standings standings{scores, ages, ltfb::tournament::Metric::mse};
    for (const auto kind : {SelectionRule::Kind::pairwise,
                            SelectionRule::Kind::truncation,
                            SelectionRule::Kind::regularized_evolution}) {
        const SelectionRule rule{.kind = kind, .quantile = 0.5, .control = 3};
        int meetings_made = 0;
        for (int round = 0; round < 50; ++round) {
            for (const int trainer : everybody) {
                CHECK(meeting_among(everybody, trainer, rule, standings, round, 7) ==
                      meeting_of(trainer, 6, rule, standings, round, 7));
            }
            for (const int trainer : players) {
                const Meeting own = meeting_among(players, trainer, rule, standings, round, 7);
                if (own.kind == Meeting::Kind::rest) { continue; }
                ++meetings_made;
                REQUIRE(std::ranges::find(players, own.partner) != players.end());
                CHECK(meeting_among(players, own.partner, rule, standings, round, 7).partner ==
                      trainer);
            }
        }
        CHECK(meetings_made > 0);
        CHECK(meeting_among(std::vector<int>{4}, 4, rule, standings, 0, 7) == Meeting{});
    }
}

TEST_CASE("settings are checked") {
    for (const char* text : {"pairwise", "truncation", "regularized-evolution", "none"}) {
        CHECK(to_text(parse_selection_kind(text)) == text);
    }
    CHECK_THROWS_AS(parse_selection_kind("tournament"), ltfb::InputError);
    CHECK_NOTHROW(check_selection({}, 1));
    for (const SelectionRule& rule : {SelectionRule{.quantile = 0.0},
                                      SelectionRule{.quantile = 0.6},
                                      SelectionRule{.quantile = not_a_number},
                                      SelectionRule{.sample_size = 0},
                                      SelectionRule{.burn_in_rounds = -1},
                                      SelectionRule{.control = -2},
                                      SelectionRule{.control = 4}}) {
        CHECK_THROWS_AS(check_selection(rule, 4), ltfb::InputError);
    }
}
