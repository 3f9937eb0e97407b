#include "experiments/log/event_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "experiments/log/event_fields.hpp"

namespace ltfb::experiments {

namespace {

constexpr std::int64_t max_seq = std::int64_t{1} << 53U;

std::uint64_t common_fields() {
    std::uint64_t bits = 0;
    for (const auto name : {"schema", "run_id", "seq", "event", "round", "trainer", "lineage"}) {
        bits |= field_bit(name);
    }
    return bits;
}

}  // namespace

void Problems::add(std::int64_t line, std::string what) {
    ++count_;
    if (first_.size() < kept) { first_.push_back({line, std::move(what)}); }
}

void Problems::add(const Problems& others) {
    count_ += others.count_;
    first_.insert(first_.end(), others.first_.begin(), others.first_.end());
    std::stable_sort(first_.begin(), first_.end(), [](const Problem& a, const Problem& b) {
        return a.line < b.line;
    });
    if (first_.size() > kept) { first_.resize(kept); }
}

EventReader::EventReader(std::string path, std::uint64_t wanted, OnProgress on_progress)
    : lines_(std::move(path)),
      parser_(wanted | common_fields()),
      on_progress_(std::move(on_progress)) {}

bool EventReader::next(Event& event) {
    constexpr std::int64_t progress_lines = 1 << 14;
    while (const auto line = lines_.next()) {
        if (on_progress_ && line->number % progress_lines == 0) {
            on_progress_(lines_.bytes_read(), lines_.file_size());
        }
        if (take(*line, event)) { return true; }
    }
    return false;
}

bool EventReader::take(const LineReader::Line& line, Event& event) {
    line_ = line.number;
    std::string flaw;
    if (line.too_long) {
        flaw = fmt::format("is longer than {} bytes", LineReader::max_line_bytes);
    } else if (line.text.empty()) {
        flaw = "is empty";
    } else {
        flaw = parser_.parse(line.text, event);
        // A later schema may well change types: its number says more than what failed to parse.
        if (flaw.empty() || (event.schema > 0 && event.schema != log_schema)) {
            flaw = flaw_of(event);
        }
    }
    if (!flaw.empty()) {
        problems_.add(line.number, std::move(flaw));
        return false;
    }
    ++events_;
    return true;
}

namespace {

/// Why the event cannot be read, whatever log it is in.
std::string flaw_of_fields(const Event& event) {
    static const std::uint64_t needed = common_fields();
    if (event.schema != log_schema) {
        if (event.schema < 0) { return "names no schema (every line must)"; }
        return fmt::format(
            "has schema {} (this ltfb-log reads schema {})", event.schema, log_schema);
    }
    if ((event.seen & needed) != needed) {
        const auto missing = needed & ~event.seen;
        for (const auto& field : event_fields) {
            if ((field_bit(field.name) & missing) != 0) {
                return fmt::format("lacks the key \"{}\"", field.name);
            }
        }
    }
    return {};
}

}  // namespace

std::string EventReader::flaw_of(const Event& event) {
    if (auto flaw = flaw_of_fields(event); !flaw.empty()) { return flaw; }
    if (event.kind == EventKind::unknown) {
        return fmt::format("is an event of unknown kind \"{}\"", event.event.substr(0, 40));
    }
    if (run_id_.empty()) { run_id_ = event.run_id; }
    if (event.run_id != run_id_) {
        return fmt::format("belongs to run {}, not {} (two runs wrote into one log)",
                           event.run_id.substr(0, 40),
                           run_id_);
    }
    if (event.seq < 0 || event.seq > max_seq) {
        return fmt::format("has seq {}, outside 0 to {}", event.seq, max_seq);
    }
    if (event.seq < next_seq_) {
        return fmt::format("repeats seq {} (after seq {})", event.seq, next_seq_ - 1);
    }
    if (event.seq > next_seq_) {
        // The event itself is sound: say what is missing, and use it.
        problems_.add(
            line_,
            fmt::format("has seq {} where {} is due (lines are missing)", event.seq, next_seq_));
    }
    next_seq_ = event.seq + 1;
    return {};
}

}  // namespace ltfb::experiments
