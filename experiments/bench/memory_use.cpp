#include "experiments/bench/memory_use.hpp"

#include <fstream>
#include <sstream>
#include <string>

namespace ltfb::bench {

MemoryUse memory_use() {
    MemoryUse use;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        std::istringstream words(line);
        std::string name;
        double kib = 0.0;
        words >> name >> kib;
        const double mb = kib * 1024e-6;
        if (name == "RssAnon:" || name == "RssFile:") { use.own_mb += mb; }
        if (name == "RssShmem:") { use.shared_mb = mb; }
    }
    return use;
}

}  // namespace ltfb::bench
