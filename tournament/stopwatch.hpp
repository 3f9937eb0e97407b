#pragma once

#include <chrono>

namespace ltfb::tournament {

/// Adds the time of its scope to a sum of seconds.
class Stopwatch {
public:
    explicit Stopwatch(double& sum_s) : sum_s_(sum_s) {}
    ~Stopwatch() {
        sum_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    Stopwatch(Stopwatch&&) = delete;
    Stopwatch& operator=(Stopwatch&&) = delete;

private:
    double& sum_s_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace ltfb::tournament
