#pragma once

#include <functional>

namespace ltfb::server {

/// What clients may ask of the run that a server is part of. Called on the server's thread; must
/// return at once.
struct Control {
    std::function<void()> snapshot;
    std::function<void()> stop;
};

}  // namespace ltfb::server
