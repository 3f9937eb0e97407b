#pragma once

#include <cstdint>
#include <string>

#include "experiments/log/event.hpp"
#include "experiments/log/run_log.hpp"

namespace ltfb::experiments {

/// Fills a RunLog event by event; the log is whole after every event, so a live run can be shown.
class RunLogBuilder {
public:
    /// `log` must outlive the builder.
    RunLogBuilder(RunLog& log, Detail detail);

    /// Adds an event. Returns why it was left out, or an empty text.
    std::string take(const Event& event);

    /// Event fields to read for `detail`.
    static std::uint64_t wanted_fields(Detail detail);

private:
    std::string take_eval(const Event& event);
    std::string take_match(const Event& event);
    std::string take_adopt(const Event& event);
    std::string take_explore(const Event& event);
    std::string take_incident(const Event& event);
    std::string take_resume(const Event& event);

    /// Row of the event's trainer and round, appended if new; or why there is none.
    std::string find_row(const Event& event, std::size_t& row);
    void append_row(const Event& event);

    RunLog& log_;
    Detail detail_;
    bool started_ = false;
};

}  // namespace ltfb::experiments
