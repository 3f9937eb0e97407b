#pragma once

#include <cstddef>

namespace ltfb::bench {

/// GB/s with some threads, over arrays far larger than a core's caches.
struct MemoryRates {
    double read = 0.0;    // sum of an array
    double write = 0.0;   // fill of an array
    double triad = 0.0;   // a = b + s c, three arrays counted (McCalpin 1995)
    double update = 0.0;  // the traffic of Adam without its arithmetic: four arrays in, three out
};

/// Arrays of an update have `floats` values each. With the OpenMP threads that are set; the median
/// of `repeats`.
MemoryRates measure_memory(std::size_t floats, int repeats);

}  // namespace ltfb::bench
