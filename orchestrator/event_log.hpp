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

/// Where a log goes on: the number of its next event, and its size.
struct LogPosition {
    std::uint64_t seq = 0;
    std::uint64_t bytes = 0;

    bool operator==(const LogPosition&) const = default;
};

/// Where an existing log goes on; a torn last line, normal after a kill, is cut off. The beginning
/// where there is no log. Throws Error, and InputError where its last line is no event.
LogPosition mend_log(const std::string& path);

/// The file events.jsonl; appends whole lines with O_APPEND and numbers them. What a full disk
/// doesn't take is kept and written later.
class EventFile {
public:
    /// `start`: as from `mend_log`.
    explicit EventFile(std::string path, const LogPosition& start = {});

    /// Sets `seq` of each event and appends them all in one write, flushed.
    void append(std::vector<Json>& events);
    /// Tries again to write what is held back; whether the file holds all events now.
    bool write_backlog();
    /// The same. Throws Error where that fails.
    void finish();

    /// After the last event, what is held back included.
    [[nodiscard]] const LogPosition& position() const noexcept { return position_; }

private:
    void warn();

    std::string path_;
    UniqueHandle<FileTraits> file_;
    LogPosition position_;
    std::string backlog_;  // not in the file yet
    bool is_warned_ = false;
};

/// What a trainer tells the root after each round.
struct RoundReport {
    int trainer = 0;
    int round = 0;
    bool is_last = false;     // the trainer plays no further round
    std::string stop_reason;  // with `is_last`
    std::vector<Json> events;

    [[nodiscard]] Json to_json() const;
    static RoundReport from_json(const Json& json);
};

/// Brings the reports of all trainers into order: a round is released once every trainer that
/// still plays it has reported it, its events ordered by trainer.
class RoundCollector {
public:
    explicit RoundCollector(int trainers, int first_round = 0);

    /// A trainer that plays a round again reports it again: the first report counts.
    void take(RoundReport report);
    /// A trainer has died: it plays no round that it hasn't reported. The event takes the place of
    /// the first of them; false where there is none, as it had played its last.
    bool take_loss(int trainer, const Json& event);
    /// The first round that a trainer hasn't reported.
    [[nodiscard]] int next_round_of(int trainer) const;
    /// Events of the next complete round, or empty; call until empty.
    std::vector<Json> release();

    [[nodiscard]] int next_round() const noexcept { return next_round_; }
    /// Trainers whose report of the next round is awaited.
    [[nodiscard]] std::vector<int> missing() const;
    /// True once every trainer has given its last report and all events are released.
    [[nodiscard]] bool is_finished() const;

private:
    [[nodiscard]] bool is_awaited(int trainer) const;

    int trainers_;
    int first_round_;
    int next_round_;
    std::map<int, int> reported_rounds_;                    // trainer -> the last one
    std::map<int, int> last_rounds_;                        // trainer -> its last round
    std::map<int, std::map<int, std::vector<Json>>> held_;  // round -> trainer -> events
};

}  // namespace ltfb::orchestrator
