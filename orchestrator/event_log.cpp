#include "orchestrator/event_log.hpp"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ltfb::orchestrator {

namespace {

std::string iso_time(EventMaker::Clock::time_point time) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", fmt::gmtime(ms / 1000), ms % 1000);
}

}  // namespace

Json EventMaker::make(const char* event, const EventSubject& subject) const {
    return {{"schema", 1},
            {"run_id", run_id_},
            {"seq", 0},
            {"t", iso_time(Clock::now())},
            {"t_rel_s", elapsed_s()},
            {"event", event},
            {"round", subject.round},
            {"trainer", subject.trainer},
            {"lineage", subject.lineage},
            {"step", subject.step}};
}

double EventMaker::elapsed_s() const {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
    return static_cast<double>(ms.count()) / 1000.0;
}

void FileTraits::close(Raw raw) noexcept {
    ::close(raw);
}

EventFile::EventFile(std::string path)
    : path_(std::move(path)),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (!file_) { throw Error(fmt::format("{}: {}", path_, std::strerror(errno))); }
}

void EventFile::append(std::vector<Json>& events) {
    std::string text;
    for (Json& event : events) {
        event["seq"] = seq_++;
        text += event.dump();
        text += '\n';
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto written = ::write(file_.get(), &text[at], text.size() - at);
        if (written < 0) { throw Error(fmt::format("{}: {}", path_, std::strerror(errno))); }
        at += static_cast<std::size_t>(written);
    }
    ::fdatasync(file_.get());
}

std::string RoundReport::to_text() const {
    return Json{{"trainer", trainer},
                {"round", round},
                {"is_last", is_last},
                {"stop_reason", stop_reason},
                {"events", events}}
        .dump();
}

RoundReport RoundReport::from_text(const std::string& text) {
    const Json json = Json::parse(text);
    return {.trainer = json.at("trainer"),
            .round = json.at("round"),
            .is_last = json.at("is_last"),
            .stop_reason = json.at("stop_reason"),
            .events = json.at("events")};
}

RoundCollector::RoundCollector(int trainers) : trainers_(trainers) {}

void RoundCollector::take(RoundReport report) {
    if (report.is_last) { last_rounds_[report.trainer] = report.round; }
    held_[report.round][report.trainer] = std::move(report.events);
}

std::vector<Json> RoundCollector::release() {
    const auto still_plays = [&](int trainer) {
        const auto last = last_rounds_.find(trainer);
        return last == last_rounds_.end() || last->second >= next_round_;
    };
    const auto held = held_.find(next_round_);
    if (held == held_.end()) { return {}; }
    auto& reports = held->second;
    for (int trainer = 0; trainer < trainers_; ++trainer) {
        if (still_plays(trainer) && !reports.contains(trainer)) { return {}; }
    }
    std::vector<Json> events;
    for (auto& [trainer, own] : reports) {
        std::move(own.begin(), own.end(), std::back_inserter(events));
    }
    held_.erase(held);
    ++next_round_;
    return events;
}

bool RoundCollector::is_finished() const {
    return static_cast<int>(last_rounds_.size()) == trainers_ && held_.empty();
}

}  // namespace ltfb::orchestrator
