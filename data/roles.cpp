#include "data/roles.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/rng.hpp"

namespace ltfb::data {

namespace {

Role role_of(std::uint64_t key, const RoleRule& rule) {
    Rng rng(rule.seed,
            Stream::roles,
            {static_cast<std::uint32_t>(key >> 32U), static_cast<std::uint32_t>(key)});
    const double u = rng.uniform();
    if (u < rule.test_fraction) { return Role::test; }
    return u < rule.test_fraction + rule.tournament_fraction ? Role::tournament : Role::train;
}

// Test is stricter than tournament, tournament than train.
Role stricter(Role a, Role b) {
    return std::max(a, b);
}
static_assert(Role::train < Role::tournament && Role::tournament < Role::test);

Role role_of(const SampleKey& key, const RoleRule& rule) {
    switch (rule.hold_out) {
        case HoldOut::cells:
            return role_of(key.cell, rule);
        case HoldOut::drugs:
            return stricter(role_of(key.drug1, rule), role_of(key.drug2, rule));
        default:
            return role_of(key.group, rule);
    }
}

void require_fractions(const RoleRule& rule) {
    const double test = rule.test_fraction;
    const double tournament = rule.tournament_fraction;
    if (!(test >= 0.0 && tournament >= 0.0 && test + tournament < 1.0)) {
        throw InputError(
            fmt::format("test fraction {} and tournament fraction {}: must not be "
                        "negative and must add up to less than 1",
                        test,
                        tournament));
    }
}

enum class Deal : std::uint32_t { train, tournament };  // two independent orders

// The distinct groups of a role in an order drawn from the seed: group -> place in that order.
std::unordered_map<std::uint64_t, std::size_t> deal_groups(Deal deal,
                                                           Role role,
                                                           std::span<const SampleKey> keys,
                                                           std::span<const Role> roles,
                                                           std::uint64_t seed) {
    std::vector<std::uint64_t> groups;
    for (std::size_t s = 0; s < keys.size(); ++s) {
        if (roles[s] == role) { groups.push_back(keys[s].group); }
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    Rng rng(seed, Stream::partition, {static_cast<std::uint32_t>(deal), 0});
    shuffle(groups, rng);
    std::unordered_map<std::uint64_t, std::size_t> place;
    place.reserve(groups.size());
    for (std::size_t i = 0; i < groups.size(); ++i) { place.emplace(groups[i], i); }
    return place;
}

double shared_fraction(const PartitionRule& rule) {
    switch (rule.kind) {
        case PartitionKind::replicated:
            return 1.0;
        case PartitionKind::overlap:
            return rule.overlap;
        default:
            return 0.0;
    }
}

void require_share(const std::vector<std::uint32_t>& share,
                   std::string_view role,
                   int trainer,
                   int num_trainers) {
    if (share.empty()) {
        throw InputError(
            fmt::format("trainer {} of {} gets no {} samples: the set is too small "
                        "(use fewer trainers or a larger {} fraction)",
                        trainer,
                        num_trainers,
                        role,
                        role));
    }
}

}  // namespace

std::vector<Role> assign_roles(std::span<const SampleKey> keys, const RoleRule& rule) {
    require_fractions(rule);
    std::vector<Role> roles(keys.size());
    std::transform(keys.begin(), keys.end(), roles.begin(), [&](const SampleKey& key) {
        return role_of(key, rule);
    });
    return roles;
}

PartitionRule parse_partition(std::string_view text, std::uint64_t seed) {
    if (text == "disjoint") { return {.kind = PartitionKind::disjoint, .seed = seed}; }
    if (text == "replicated") { return {.kind = PartitionKind::replicated, .seed = seed}; }
    constexpr std::string_view prefix = "overlap=";
    if (text.starts_with(prefix)) {
        double overlap = -1.0;
        const char* const end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data() + prefix.size(), end, overlap);
        if (parsed.ec == std::errc{} && parsed.ptr == end && overlap >= 0.0 && overlap <= 1.0) {
            return {.kind = PartitionKind::overlap, .overlap = overlap, .seed = seed};
        }
    }
    throw InputError(fmt::format(
        "partition \"{}\": unknown (disjoint, replicated or overlap=F with F from 0 to 1)", text));
}

Share share_of(int trainer,
               int num_trainers,
               std::span<const SampleKey> keys,
               std::span<const Role> roles,
               const PartitionRule& rule) {
    assert(trainer >= 0 && trainer < num_trainers && keys.size() == roles.size());
    const auto train = deal_groups(Deal::train, Role::train, keys, roles, rule.seed);
    const auto tournament = deal_groups(Deal::tournament, Role::tournament, keys, roles, rule.seed);
    const auto shared = static_cast<std::size_t>(
        std::llround(shared_fraction(rule) * static_cast<double>(train.size())));
    const auto is_mine = [&](std::size_t place) {
        return place % static_cast<std::size_t>(num_trainers) == static_cast<std::size_t>(trainer);
    };

    Share share;
    for (std::uint32_t s = 0; s < keys.size(); ++s) {
        if (roles[s] == Role::train) {
            const std::size_t place = train.at(keys[s].group);
            if (place < shared || is_mine(place - shared)) { share.train.push_back(s); }
        } else if (roles[s] == Role::tournament && is_mine(tournament.at(keys[s].group))) {
            share.tournament.push_back(s);
        }
    }
    require_share(share.train, "train", trainer, num_trainers);
    require_share(share.tournament, "tournament", trainer, num_trainers);
    return share;
}

std::vector<std::uint32_t> samples_of(Role role, std::span<const Role> roles) {
    std::vector<std::uint32_t> samples;
    for (std::uint32_t s = 0; s < roles.size(); ++s) {
        if (roles[s] == role) { samples.push_back(s); }
    }
    return samples;
}

}  // namespace ltfb::data
