#pragma once

#include <memory>
#include <vector>

#include "data/roles.hpp"
#include "data/samples.hpp"
#include "orchestrator/settings.hpp"

namespace ltfb::orchestrator {

/// What a rank opens before anything is trained.
struct Inputs {
    std::unique_ptr<data::Samples> samples;
    std::vector<data::Role> roles;  // [samples]
    data::Share share;              // of this rank's trainer
};

/// Throws InputError where the data cannot be read, or leaves a role or the share empty.
Inputs open_inputs(const Settings& settings, int trainer);

}  // namespace ltfb::orchestrator
