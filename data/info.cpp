#include "data/info.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "data/dense_samples.hpp"
#include "data/factored_samples.hpp"
#include "data/open_set.hpp"
#include "data/provenance.hpp"

namespace ltfb::data {

namespace {

// `values` are sorted; linear between the two neighbours, as most programs do.
double quantile(const std::vector<float>& values, double q) {
    const double at = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return std::lerp(double{values[below]}, double{values[above]}, at - std::floor(at));
}

Json describe_response(std::span<const float> responses) {
    std::vector<float> sorted(responses.begin(), responses.end());
    std::sort(sorted.begin(), sorted.end());
    const auto n = static_cast<double>(sorted.size());
    double sum = 0.0;
    for (const double value : sorted) { sum += value; }
    double squares = 0.0;
    for (const double value : sorted) { squares += (value - sum / n) * (value - sum / n); }
    return {{"mean", sum / n},
            {"sd", std::sqrt(squares / n)},
            {"min", sorted.front()},
            {"q25", quantile(sorted, 0.25)},
            {"median", quantile(sorted, 0.5)},
            {"q75", quantile(sorted, 0.75)},
            {"max", sorted.back()}};
}

std::size_t count_groups(std::span<const SampleKey> keys, std::span<const Role> roles, Role role) {
    std::unordered_set<std::uint64_t> groups;
    for (std::size_t s = 0; s < keys.size(); ++s) {
        if (roles[s] == role) { groups.insert(keys[s].group); }
    }
    return groups.size();
}

Json describe_roles(std::span<const SampleKey> keys, const RoleRule& rule) {
    constexpr std::array kinds{"pairs", "cells", "drugs"};
    const auto roles = assign_roles(keys, rule);
    Json described{{"rule",
                    {{"test_fraction", rule.test_fraction},
                     {"tournament_fraction", rule.tournament_fraction},
                     {"hold_out", kinds.at(static_cast<std::size_t>(rule.hold_out))},
                     {"seed", rule.seed}}}};
    for (const auto& [name, role] : {std::pair{"train", Role::train},
                                     std::pair{"tournament", Role::tournament},
                                     std::pair{"test", Role::test}}) {
        described[name] = {{"groups", count_groups(keys, roles, role)},
                           {"samples", std::count(roles.begin(), roles.end(), role)}};
    }
    return described;
}

Json describe_samples(const Samples& samples, const RoleRule& rule) {
    const auto keys = samples.keys();
    const auto& shape = samples.shape();
    std::unordered_set<std::uint64_t> cells;
    std::unordered_set<std::uint64_t> drugs;
    std::unordered_set<std::uint64_t> groups;
    for (const SampleKey& key : keys) {
        cells.insert(key.cell);
        drugs.insert({key.drug1, key.drug2});
        groups.insert(key.group);
    }
    return {{"samples", shape.samples},
            {"cells", cells.size()},
            {"drugs", drugs.size()},
            {"groups", groups.size()},
            {"cell_features", shape.cell_features},
            {"drug_features", shape.drug_features},
            {"doses", shape.has_dose},
            {"digest", to_hex(samples.digest())},
            {"response", describe_response(samples.responses())},
            {"roles", describe_roles(keys, rule)}};
}

void add_provenance(const std::string& path, const std::string& text, Json& description) {
    if (text.empty()) { return; }
    Json provenance = Json::parse(text, nullptr, false);
    if (provenance.is_discarded()) { throw InputError(path + ": /provenance: is not JSON"); }
    if (provenance.is_object() && provenance.contains("best_r2")) {
        description["best_r2"] = provenance["best_r2"];
    }
    description["provenance"] = std::move(provenance);
}

}  // namespace

Json describe(const std::string& path, const RoleRule& rule) {
    Hdf5File file = open_set(path);
    Json description{{"path", path}};
    if (is_dense(file)) {
        const std::string provenance = read_dense_index(file).provenance;
        description["kind"] = "dense";
        description.update(describe_samples(DenseSamples(std::move(file)), rule));
        add_provenance(path, provenance, description);
        return description;
    }
    FactoredSet set = read_factored(file);
    const std::string provenance = set.provenance;
    description["kind"] = "factored";
    if (set.has_dose()) {
        description["dose"] = {{"mean", set.dose_scale.mean}, {"sd", set.dose_scale.sd}};
    }
    description.update(describe_samples(FactoredSamples(std::move(set)), rule));
    add_provenance(path, provenance, description);
    return description;
}

}  // namespace ltfb::data
