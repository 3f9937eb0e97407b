#pragma once

#include <chrono>

namespace ltfb {

/// Adds the time of its scope to a sum of seconds.
class Stopwatch {
public:
    explicit Stopwatch(double& sum_s) : sum_s_(sum_s) {}
    ~Stopwatch() { sum_s_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    Stopwatch(Stopwatch&&) = delete;
    Stopwatch& operator=(Stopwatch&&) = delete;

private:
    using Clock = std::chrono::steady_clock;

    double& sum_s_;
    Clock::time_point start_ = Clock::now();
};

}  // namespace ltfb
