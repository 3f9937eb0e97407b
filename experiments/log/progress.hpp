#pragma once

#include <cstdint>
#include <string>

namespace ltfb::experiments {

/// A bar on stderr, redrawn in place a few times a second and wiped when it goes out of scope.
class ProgressBar {
public:
    explicit ProgressBar(std::string what);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    ProgressBar(ProgressBar&&) = delete;
    ProgressBar& operator=(ProgressBar&&) = delete;

    void show(std::uint64_t done, std::uint64_t total);

private:
    std::string what_;
    double start_s_;
    double last_s_ = 0.0;
};

}  // namespace ltfb::experiments
