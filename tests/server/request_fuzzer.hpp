#pragma once

#include <cstddef>
#include <span>

namespace ltfb::server {

/// Handles bytes as a connection does that receives them, without the sockets: one pipelined
/// request after the other is parsed and answered. Aborts where an answer breaks HTTP or JSON.
void handle_requests(std::span<const char> bytes);

}  // namespace ltfb::server
