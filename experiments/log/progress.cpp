#include "experiments/log/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace ltfb::experiments {

namespace {

double now_s() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

ProgressBar::ProgressBar(std::string what) : what_(std::move(what)), start_s_(now_s()) {}

ProgressBar::~ProgressBar() {
    if (last_s_ > 0.0) { std::fputs("\r\x1b[K", stderr); }
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
    constexpr double pause_s = 0.2;
    constexpr int width = 30;
    const double now = now_s();
    // Short reads show nothing at all.
    if (now - std::max(last_s_, start_s_) < pause_s || total == 0) { return; }
    last_s_ = now;
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const int full = static_cast<int>(share * width);
    const double left_s = share > 0.0 ? (now - start_s_) * (1.0 - share) / share : 0.0;
    fmt::print(stderr,
               "\r\x1b[K{} [{:#<{}}{:.<{}}] {:3.0f} % {:.0f} MB/s {:.0f} s left",
               what_,
               "",
               full,
               "",
               width - full,
               100.0 * share,
               static_cast<double>(done) / (now - start_s_) / 1e6,
               left_s);
    std::fflush(stderr);
}

}  // namespace ltfb::experiments
