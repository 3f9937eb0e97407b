#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiments/log/event.hpp"
#include "experiments/log/event_parser.hpp"
#include "experiments/log/line_reader.hpp"

namespace ltfb::experiments {

inline constexpr std::int64_t log_schema = 1;

/// What is wrong with a line of a log, worded to follow "<file>:<line>: ".
struct Problem {
    std::int64_t line = 0;
    std::string what;
};

/// The first problems found, and how many there were.
class Problems {
public:
    static constexpr std::size_t kept = 1000;

    void add(std::int64_t line, std::string what);
    /// Adds those of the same log, by line.
    void add(const Problems& others);
    [[nodiscard]] const std::vector<Problem>& first() const noexcept { return first_; }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    std::vector<Problem> first_;
    std::uint64_t count_ = 0;
};

/// Reads the events of one run in file order. A line that is no event of that run (corrupt, of an
/// unknown schema, of another run, a duplicate) becomes a problem and is passed over.
class EventReader {
public:
    /// Called every few thousand lines with the bytes read so far and the size of the file.
    using OnProgress = std::function<void(std::uint64_t read_bytes, std::uint64_t file_bytes)>;

    /// `wanted`: see EventParser; the fields that every event has are always read. Throws
    /// InputError where `path` cannot be opened.
    explicit EventReader(std::string path,
                         std::uint64_t wanted = ~std::uint64_t{0},
                         OnProgress on_progress = {});

    /// The next event into `event`; false at the end of what is written so far. Views in `event`
    /// live until the next call. Throws Error where reading fails.
    bool next(Event& event);

    [[nodiscard]] const std::string& path() const noexcept { return lines_.path(); }
    /// Line of the last event.
    [[nodiscard]] std::int64_t line() const noexcept { return line_; }
    /// The run whose events are read: that of the first event. Empty before it.
    [[nodiscard]] const std::string& run_id() const noexcept { return run_id_; }
    [[nodiscard]] const Problems& problems() const noexcept { return problems_; }
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return lines_.bytes_read(); }
    /// Whether text without a newline stands at the end, as a kill leaves it.
    [[nodiscard]] bool has_torn_line() const noexcept { return !lines_.rest().empty(); }

private:
    bool take(const LineReader::Line& line, Event& event);
    std::string flaw_of(const Event& event);

    LineReader lines_;
    EventParser parser_;
    OnProgress on_progress_;
    Problems problems_;
    std::string run_id_;
    std::int64_t next_seq_ = 0;
    std::int64_t line_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace ltfb::experiments
