#include "orchestrator/server/server_report_maker.hpp"

#include <ctime>
#include <exception>
#include <utility>

#include "orchestrator/server/server_thread.hpp"

namespace ltfb::server {

namespace {

/// Of the calling thread: what it took from others, however long it had to wait for it.
std::chrono::nanoseconds processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

ReportMaker::ReportMaker(Make make, int niceness, int rest_factor)
    : make_(std::move(make)),
      rest_factor_(rest_factor),
      thread_(start_thread(niceness, [this] { work(); })) {}

ReportMaker::~ReportMaker() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    has_work_.notify_all();
    thread_.join();
}

std::optional<ReportMaker::Report> ReportMaker::find(const Source& source) {
    const std::lock_guard lock(mutex_);
    const auto found = latest_.find(source.path);
    const bool is_known = found != latest_.end();
    if (!is_known || found->second.source != source) {
        // One that was wanted before and isn't begun gives way; it will be asked for again.
        wanted_ = source;
        has_work_.notify_all();
    }
    const bool is_of_this_log = is_known && found->second.source.generation == source.generation;
    return is_of_this_log ? std::optional(found->second) : std::nullopt;
}

ReportMaker::Report ReportMaker::make(const Source& source) const {
    try {
        return {.source = source, .text = std::make_shared<const std::string>(make_(source.path))};
    } catch (const std::exception& error) {
        return {.source = source,
                .text = std::make_shared<const std::string>(error.what()),
                .is_good = false};
    }
}

void ReportMaker::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        has_work_.wait(lock, [this] { return is_ending_ || wanted_; });
        if (is_ending_) { return; }
        const Source source = *std::exchange(wanted_, std::nullopt);
        const auto begin = processor_time();
        lock.unlock();
        Report report = make(source);
        lock.lock();
        latest_[source.path] = std::move(report);
        const auto rest = rest_factor_ * (processor_time() - begin);
        has_work_.wait_for(lock, rest, [this] { return is_ending_; });
    }
}

}  // namespace ltfb::server
