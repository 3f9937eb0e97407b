#include "orchestrator/inputs.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::orchestrator {

namespace {

data::HoldOut hold_out_of(const Settings& settings) {
    if (settings.hold_out == "cells") { return data::HoldOut::cells; }
    return settings.hold_out == "drugs" ? data::HoldOut::drugs : data::HoldOut::pairs;
}

void require_role(const Inputs& inputs, data::Role role, const char* name, const char* option) {
    if (std::ranges::count(inputs.roles, role) > 0) { return; }
    throw InputError(
        fmt::format("--{}: no samples are left for the {} role of {} samples (use "
                    "another fraction, or more data)",
                    option,
                    name,
                    inputs.roles.size()));
}

}  // namespace

Inputs open_inputs(const Settings& settings, int trainer) {
    Inputs inputs{.samples = data::open_samples(settings.data), .roles = {}, .share = {}};
    const auto keys = inputs.samples->keys();
    inputs.roles = data::assign_roles(keys,
                                      {.test_fraction = settings.test_fraction,
                                       .tournament_fraction = settings.tournament_fraction,
                                       .hold_out = hold_out_of(settings),
                                       .seed = settings.seed});
    require_role(inputs, data::Role::train, "train", "test-fraction");
    require_role(inputs, data::Role::tournament, "tournament", "tournament-fraction");
    require_role(inputs, data::Role::test, "test", "test-fraction");
    inputs.share = data::share_of(trainer,
                                  settings.trainers,
                                  keys,
                                  inputs.roles,
                                  data::parse_partition(settings.partition, settings.seed));
    return inputs;
}

}  // namespace ltfb::orchestrator
