#pragma once

namespace ltfb::bench {

/// Memory of this process that is in use now, in MB.
struct MemoryUse {
    double own_mb = 0.0;     // anonymous, and files (programs and libraries) mapped
    double shared_mb = 0.0;  // shared memory mapped
};

/// As the kernel says (proc(5), /proc/self/status).
MemoryUse memory_use();

}  // namespace ltfb::bench
