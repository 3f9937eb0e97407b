#pragma once

#include <chrono>
#include <cstddef>

namespace ltfb::server {

struct ServerLimits {
    std::size_t connections = 256;
    std::chrono::milliseconds request{20'000};  // for a request to arrive
    std::chrono::milliseconds write{30'000};    // for an answer, or a part of a stream, to be taken
    std::chrono::milliseconds linger{2'000};    // between our last byte and closing
    std::chrono::milliseconds poll{500};        // between looks at the logs
    std::chrono::milliseconds beat{15'000};     // between comments in a silent stream
    std::chrono::milliseconds grace{1'000};     // for clients to take the rest at the end
};

}  // namespace ltfb::server
