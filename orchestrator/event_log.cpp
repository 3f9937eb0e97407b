#include "orchestrator/event_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/fault.hpp"

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

EventFile::EventFile(std::string path, const LogPosition& start)
    : path_(std::move(path)),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)),
      position_(start) {
    if (!file_) { throw Error(fmt::format("{}: {}", path_, std::strerror(errno))); }
}

void EventFile::append(std::vector<Json>& events) {
    const std::size_t before = backlog_.size();
    for (Json& event : events) {
        event["seq"] = position_.seq++;
        backlog_ += event.dump();
        backlog_ += '\n';
    }
    position_.bytes += backlog_.size() - before;
    if (events.empty()) { return; }
    const fault::Place place{.trainer = 0, .round = events.front().value("round", -1)};
    const auto first = std::as_writable_bytes(std::span(backlog_).subspan(before, 1));
    if (fault::at(fault::event_write, place, first) == fault::Effect::enospc) {
        errno = ENOSPC;
        return warn();
    }
    write_backlog();
}

void EventFile::warn() {
    if (!std::exchange(is_warned_, true)) {
        std::fputs(fmt::format("ltfb-run: warning: {}: {} (events are kept and written later)\n",
                               path_,
                               std::strerror(errno))
                       .c_str(),
                   stderr);
    }
}

bool EventFile::write_backlog() {
    if (backlog_.empty()) { return true; }
    while (!backlog_.empty()) {
        const auto written = ::write(file_.get(), backlog_.data(), backlog_.size());
        if (written < 0 && errno == EINTR) { continue; }
        if (written < 0) {
            warn();
            return false;
        }
        backlog_.erase(0, static_cast<std::size_t>(written));
    }
    ::fdatasync(file_.get());
    is_warned_ = false;
    return true;
}

void EventFile::finish() {
    if (write_backlog()) { return; }
    throw Error(
        fmt::format("{}: the last events cannot be written (make room, then --resume)", path_));
}

LogPosition mend_log(const std::string& path) {
    std::error_code error;
    std::uint64_t size = std::filesystem::file_size(path, error);
    if (error || size == 0) { return {}; }
    constexpr std::uint64_t piece = std::uint64_t{1} << 16U;
    std::ifstream file(path, std::ios::binary);
    std::string tail;
    // Backwards until the last whole line, with the end of the one before it, is in `tail`.
    const auto line_end = [&] { return tail.rfind('\n'); };
    const auto is_whole = [&] {
        return line_end() != std::string::npos && line_end() > 0 &&
               tail.rfind('\n', line_end() - 1) != std::string::npos;
    };
    for (std::uint64_t begin = size; begin > 0 && !is_whole();) {
        const std::uint64_t step = std::min(begin, piece);
        begin -= step;
        std::string more(step, '\0');
        file.seekg(static_cast<std::streamoff>(begin));
        file.read(more.data(), static_cast<std::streamsize>(step));
        if (!file) { throw Error(fmt::format("{}: cannot be read", path)); }
        tail.insert(0, more);
    }
    const std::size_t torn =
        line_end() == std::string::npos ? tail.size() : tail.size() - line_end() - 1;
    if (torn > 0) {
        size -= torn;
        std::filesystem::resize_file(path, size);
        tail.resize(tail.size() - torn);
    }
    if (tail.empty()) { return {}; }
    const std::size_t before =
        tail.size() < 2 ? std::string::npos : tail.rfind('\n', tail.size() - 2);
    const std::string line = tail.substr(before == std::string::npos ? 0 : before + 1);
    try {
        return {.seq = Json::parse(line).at("seq").get<std::uint64_t>() + 1, .bytes = size};
    } catch (const nlohmann::json::exception&) {
        throw InputError(
            fmt::format("{}: its last line is no event (not a log of ltfb-run?)", path));
    }
}

Json RoundReport::to_json() const {
    return {{"trainer", trainer},
            {"round", round},
            {"is_last", is_last},
            {"stop_reason", stop_reason},
            {"events", events}};
}

RoundReport RoundReport::from_json(const Json& json) {
    return {.trainer = json.at("trainer"),
            .round = json.at("round"),
            .is_last = json.at("is_last"),
            .stop_reason = json.at("stop_reason"),
            .events = json.at("events")};
}

RoundCollector::RoundCollector(int trainers, int first_round)
    : trainers_(trainers), first_round_(first_round), next_round_(first_round) {}

void RoundCollector::take(RoundReport report) {
    if (report.is_last) { last_rounds_[report.trainer] = report.round; }
    if (report.round < next_round_of(report.trainer)) { return; }
    reported_rounds_[report.trainer] = report.round;
    held_[report.round][report.trainer] = std::move(report.events);
}

bool RoundCollector::take_loss(int trainer, const Json& event) {
    const int round = next_round_of(trainer);
    if (!last_rounds_.try_emplace(trainer, round - 1).second) { return false; }
    held_[round][trainer].push_back(event);
    return true;
}

int RoundCollector::next_round_of(int trainer) const {
    const auto last = reported_rounds_.find(trainer);
    return last == reported_rounds_.end() ? first_round_ : last->second + 1;
}

bool RoundCollector::is_awaited(int trainer) const {
    const auto last = last_rounds_.find(trainer);
    if (last != last_rounds_.end() && last->second < next_round_) { return false; }
    const auto held = held_.find(next_round_);
    return held == held_.end() || !held->second.contains(trainer);
}

std::vector<int> RoundCollector::missing() const {
    std::vector<int> trainers;
    for (int trainer = 0; trainer < trainers_; ++trainer) {
        if (is_awaited(trainer)) { trainers.push_back(trainer); }
    }
    return trainers;
}

std::vector<Json> RoundCollector::release() {
    const auto held = held_.find(next_round_);
    if (held == held_.end() || !missing().empty()) { return {}; }
    std::vector<Json> events;
    for (auto& [trainer, own] : held->second) {
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
