#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/handle.hpp"
#include "core/json.hpp"

namespace ltfb::orchestrator {

/// Which model an event is about; -1 where it is about the whole run.
struct EventSubject {
    int round = -1;
    int trainer = -1;
    int lineage = -1;
    std::uint64_t step = 0;
};

/// Writes the common fields of docs/run-directory.md. One object serves all events of a process.
class EventMaker {
public:
    using Clock = std::chrono::system_clock;

    EventMaker(std::string run_id, Clock::time_point start)
        : run_id_(std::move(run_id)), start_(start) {}

    /// An event with its common fields; `seq` is filled by the log.
    [[nodiscard]] Json make(const char* event, const EventSubject& subject) const;

    [[nodiscard]] const std::string& run_id() const noexcept { return run_id_; }
    [[nodiscard]] double elapsed_s() const;

private:
    std::string run_id_;
    Clock::time_point start_;
};

struct FileTraits {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw raw) noexcept;
};

/// The file events.jsonl; appends whole lines with O_APPEND and numbers them.
class EventFile {
public:
    explicit EventFile(std::string path);

    /// Sets `seq` of each event and appends them all in one write, flushed. Throws Error.
    void append(std::vector<Json>& events);

private:
    std::string path_;
    UniqueHandle<FileTraits> file_;
    std::uint64_t seq_ = 0;
};

/// What a trainer tells the root after each round.
struct RoundReport {
    int trainer = 0;
    int round = 0;
    bool is_last = false;     // the trainer plays no further round
    std::string stop_reason;  // with `is_last`
    std::vector<Json> events;

    [[nodiscard]] std::string to_text() const;
    static RoundReport from_text(const std::string& text);
};

/// Brings the reports of all trainers into order: a round is released once every trainer that
/// still plays it has reported it, its events ordered by trainer.
class RoundCollector {
public:
    explicit RoundCollector(int trainers);

    void take(RoundReport report);
    /// Events of the next complete round, or empty; call until empty.
    std::vector<Json> release();

    [[nodiscard]] int next_round() const noexcept { return next_round_; }
    /// True once every trainer has given its last report and all events are released.
    [[nodiscard]] bool is_finished() const;

private:
    int trainers_;
    int next_round_ = 0;
    std::map<int, int> last_rounds_;                        // trainer -> its last round
    std::map<int, std::map<int, std::vector<Json>>> held_;  // round -> trainer -> events
};

}  // namespace ltfb::orchestrator
