#include "data/roles.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "data/keys.hpp"

using namespace ltfb::data;

namespace {

// 5 cells x all pairs of 12 drugs, four doses each, either drug first.
std::vector<SampleKey> make_keys() {
    std::vector<SampleKey> keys;
    for (std::uint64_t cell = 100; cell < 105; ++cell) {
        for (std::uint64_t a = 1; a <= 12; ++a) {
            for (std::uint64_t b = a; b <= 12; ++b) {
                for (int dose = 0; dose < 4; ++dose) {
                    keys.push_back(dose % 2 == 0 ? make_key(cell, a, b) : make_key(cell, b, a));
                }
            }
        }
    }
    return keys;
}

std::set<std::uint64_t> groups_of(const std::vector<SampleKey>& keys,
                                  const std::vector<std::uint32_t>& samples) {
    std::set<std::uint64_t> groups;
    for (const auto s : samples) { groups.insert(keys[s].group); }
    return groups;
}

const std::vector<SampleKey> keys = make_keys();

}  // namespace

TEST_CASE("no group is cut by roles, and fractions are near what was asked for") {
    const RoleRule rule{.test_fraction = 0.2, .tournament_fraction = 0.1, .seed = 3};
    const auto roles = assign_roles(keys, rule);
    std::map<std::uint64_t, Role> role_of_group;
    std::map<Role, int> count;
    for (std::size_t s = 0; s < keys.size(); ++s) {
        const auto [first, is_new] = role_of_group.emplace(keys[s].group, roles[s]);
        CHECK(first->second == roles[s]);
        if (is_new) { ++count[roles[s]]; }
    }
    CHECK(role_of_group.size() == 5 * 78);
    CHECK(std::abs(count[Role::test] - 78) < 30);
    CHECK(std::abs(count[Role::tournament] - 39) < 25);
}

TEST_CASE("a role depends on key and seed alone") {
    const auto roles = assign_roles(keys, {.seed = 3});
    auto reversed = keys;
    std::reverse(reversed.begin(), reversed.end());
    reversed.resize(reversed.size() / 2);
    const auto others = assign_roles(reversed, {.seed = 3});
    for (std::size_t s = 0; s < reversed.size(); ++s) {
        CHECK(others[s] == roles[keys.size() - 1 - s]);
    }
    CHECK(assign_roles(keys, {.seed = 4}) != roles);
}

TEST_CASE("held-out cells and drugs appear in no training sample") {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
        for (const HoldOut hold_out : {HoldOut::cells, HoldOut::drugs}) {
            const RoleRule rule{.test_fraction = 0.25,
                                .tournament_fraction = 0.25,
                                .hold_out = hold_out,
                                .seed = seed};
            const auto roles = assign_roles(keys, rule);
            std::map<Role, std::set<std::uint64_t>> entities;
            for (std::size_t s = 0; s < keys.size(); ++s) {
                auto& seen = entities[roles[s]];
                if (hold_out == HoldOut::cells) {
                    seen.insert(keys[s].cell);
                } else {
                    // The pair of a held-out drug with itself names the held-out drugs.
                    if (roles[s] == Role::train || keys[s].drug1 == keys[s].drug2) {
                        seen.insert(keys[s].drug1);
                        seen.insert(keys[s].drug2);
                    }
                }
            }
            for (const auto held_out : {Role::test, Role::tournament}) {
                for (const auto entity : entities[held_out]) {
                    CHECK(entities[Role::train].count(entity) == 0);
                }
            }
            for (const auto entity : entities[Role::test]) {
                CHECK(entities[Role::tournament].count(entity) == 0);
            }
        }
    }
}

TEST_CASE("shares are disjoint as declared, whole groups, even, and nothing is lost") {
    const auto roles = assign_roles(keys, {.seed = 7});
    const auto train = samples_of(Role::train, roles);
    const auto tournament = samples_of(Role::tournament, roles);
    for (const int trainers : {1, 2, 3, 7, 16}) {
        for (const char* rule : {"disjoint", "overlap=0.3", "replicated"}) {
            CAPTURE(trainers);
            CAPTURE(rule);
            std::vector<std::uint32_t> all_train;
            std::vector<std::uint32_t> all_tournament;
            std::map<std::uint64_t, int> owners;
            std::size_t fewest = keys.size();
            std::size_t most = 0;
            for (int t = 0; t < trainers; ++t) {
                const Share share = share_of(t, trainers, keys, roles, parse_partition(rule, 5));
                CHECK(std::is_sorted(share.train.begin(), share.train.end()));
                CHECK(std::is_sorted(share.tournament.begin(), share.tournament.end()));
                all_train.insert(all_train.end(), share.train.begin(), share.train.end());
                all_tournament.insert(
                    all_tournament.end(), share.tournament.begin(), share.tournament.end());
                const auto groups = groups_of(keys, share.train);
                CHECK(share.train.size() == 4 * groups.size() - 0);
                for (const auto group : groups) { ++owners[group]; }
                fewest = std::min(fewest, groups.size());
                most = std::max(most, groups.size());
            }
            CHECK(most - fewest <= 1);
            std::sort(all_tournament.begin(), all_tournament.end());
            CHECK(all_tournament == tournament);
            const auto shared = static_cast<std::size_t>(
                std::count_if(owners.begin(), owners.end(), [&](const auto& owner) {
                    CHECK((owner.second == 1 || owner.second == trainers));
                    return owner.second == trainers && trainers > 1;
                }));
            const std::size_t groups = groups_of(keys, train).size();
            CHECK(owners.size() == groups);
            if (trainers > 1) {
                const double fraction = static_cast<double>(shared) / static_cast<double>(groups);
                const double expected = rule[0] == 'd' ? 0.0 : rule[0] == 'o' ? 0.3 : 1.0;
                CHECK(fraction == doctest::Approx(expected).epsilon(0.01));
            }
            std::sort(all_train.begin(), all_train.end());
            all_train.erase(std::unique(all_train.begin(), all_train.end()), all_train.end());
            CHECK(all_train == train);
        }
    }
}

TEST_CASE("another seed deals otherwise") {
    const auto roles = assign_roles(keys, {.seed = 7});
    const auto first = share_of(0, 3, keys, roles, {.seed = 1});
    CHECK(first.train == share_of(0, 3, keys, roles, {.seed = 1}).train);
    CHECK(first.train != share_of(0, 3, keys, roles, {.seed = 2}).train);
}

TEST_CASE("a share that would be empty is refused") {
    const std::vector<SampleKey> few(keys.begin(), keys.begin() + 8);
    const std::vector<Role> roles{Role::train,
                                  Role::train,
                                  Role::train,
                                  Role::train,
                                  Role::tournament,
                                  Role::tournament,
                                  Role::tournament,
                                  Role::tournament};
    CHECK_NOTHROW(share_of(0, 1, few, roles, {}));
    CHECK_THROWS_AS(share_of(1, 2, few, roles, {}), ltfb::InputError);
}

TEST_CASE("partition rules as text") {
    CHECK(parse_partition("disjoint", 1).kind == PartitionKind::disjoint);
    CHECK(parse_partition("replicated", 1).kind == PartitionKind::replicated);
    CHECK(parse_partition("overlap=0.25", 1).overlap == 0.25);
    for (const char* wrong : {"",
                              "overlap",
                              "overlap=",
                              "overlap=2",
                              "overlap=-1",
                              "overlap=nan",
                              "overlap=0.5x",
                              "Disjoint"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(parse_partition(wrong, 1), ltfb::InputError);
    }
    CHECK_THROWS_AS(assign_roles(keys, {.test_fraction = 0.6, .tournament_fraction = 0.4}),
                    ltfb::InputError);
}
