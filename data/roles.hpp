#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/samples.hpp"

namespace ltfb::data {

/// What a sample is for. `test` is never seen before the end; `tournament` scores models and is in
/// nobody's training share.
enum class Role : std::uint8_t { train, tournament, test, unused };

/// What is kept whole when roles are assigned: (cell, drug pair) groups, or whole cell lines or
/// drugs (a pair with one held-out drug takes the stricter role of its two drugs).
enum class HoldOut { pairs, cells, drugs };

struct RoleRule {
    double test_fraction = 0.1;
    double tournament_fraction = 0.1;
    HoldOut hold_out = HoldOut::pairs;
    std::uint64_t seed = 1;
};

/// Role of each sample [samples]: a pure function of (key, seed), whatever else is in the set.
std::vector<Role> assign_roles(std::span<const SampleKey> keys, const RoleRule& rule);

enum class PartitionKind { disjoint, overlap, replicated };

/// How the training role is shared out. `overlap`: this fraction of the groups goes to every
/// trainer, the rest is disjoint; 0 is disjoint, 1 replicated.
struct PartitionRule {
    PartitionKind kind = PartitionKind::disjoint;
    double overlap = 0.0;
    std::uint64_t seed = 1;
};

/// Parses "disjoint", "replicated" or "overlap=0.25"; throws InputError.
PartitionRule parse_partition(std::string_view text, std::uint64_t seed);

/// A trainer's samples, each ascending. Groups are never cut. The tournament role is shared out
/// disjointly, whatever the rule.
struct Share {
    std::vector<std::uint32_t> train;
    std::vector<std::uint32_t> tournament;
};

/// Share of `trainer` among `num_trainers`. Pure; groups are dealt round-robin in an order drawn
/// from the seed, so shares differ by at most one group. Throws InputError where a share is empty.
Share share_of(int trainer,
               int num_trainers,
               std::span<const SampleKey> keys,
               std::span<const Role> roles,
               const PartitionRule& rule);

/// Samples of one role, ascending.
std::vector<std::uint32_t> samples_of(Role role, std::span<const Role> roles);

}  // namespace ltfb::data
