#pragma once

#include "tournament/space.hpp"

/// What a trainer like ours would allow.
inline ltfb::tournament::SpaceContext test_context() {
    return {.keys = {{"lr", {.lowest = 1e-12, .highest = 10.0, .base = 1e-3}},
                     {"dropout", {.lowest = 0.0, .highest = 0.9, .base = 0.05}},
                     {"momentum", {.lowest = 0.0, .highest = 0.999, .base = 0.9}},
                     {"clip", {.lowest = 0.0, .highest = 1e30, .base = 0.0}},
                     {"batch", {.lowest = 1.0, .highest = 1e9, .base = 256.0, .is_integer = true}}},
            .settings = {{"optimizer", "adam"}}};
}
