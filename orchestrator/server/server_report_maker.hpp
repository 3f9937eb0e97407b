#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace ltfb::server {

/// Has reports of runs made while they are asked for, one at a time, on a thread of its own, and
/// keeps the latest of each.
class ReportMaker {
public:
    /// Makes the report of the log at a path, JSON; may throw.
    using Make = std::function<std::string(const std::string& log_path)>;

    /// `niceness`: what the thread leaves to others, as in ServerSettings. `rest_factor`: how many
    /// times the processor time that a report took it rests before it makes the next.
    ReportMaker(Make make, int niceness, int rest_factor = 2);
    /// Waits for a report that is being made.
    ~ReportMaker();
    ReportMaker(const ReportMaker&) = delete;
    ReportMaker& operator=(const ReportMaker&) = delete;
    ReportMaker(ReportMaker&&) = delete;
    ReportMaker& operator=(ReportMaker&&) = delete;

    /// A log and how far it is known.
    struct Source {
        std::string path;
        std::uint64_t generation = 0;
        std::uint64_t lines = 0;

        bool operator==(const Source&) const = default;
    };
    struct Report {
        Source source;                            // as it was known when the making began
        std::shared_ptr<const std::string> text;  // JSON, or what went wrong
        bool is_good = true;
    };

    /// The latest report of a log, or nullopt where none is ready; one that is out of date is made
    /// anew meanwhile. Never waits.
    std::optional<Report> find(const Source& source);

private:
    void work();
    Report make(const Source& source) const;

    Make make_;
    int rest_factor_;
    std::mutex mutex_;  // of all below
    std::condition_variable has_work_;
    std::optional<Source> wanted_;
    std::map<std::string, Report> latest_;  // by path
    bool is_ending_ = false;
    std::thread thread_;
};

}  // namespace ltfb::server
