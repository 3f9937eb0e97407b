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
    if (!write_backlog() && !std::exchange(is_warned_, true)) {
        std::fputs(fmt::format("ltfb-run: warning: {}: {} (events are kept and written later)\n",
                               path_,
                               std::strerror(errno))
                       .c_str(),
                   stderr);
    }
}

bool EventFile::write_backlog() {
    while (!backlog_.empty()) {
        const auto written = ::write(file_.get(), backlog_.data(), backlog_.size());
        if (written < 0 && errno == EINTR) { continue; }
        if (written < 0) { return false; }
        backlog_.erase(0, static_cast<std::size_t>(written));
    }
    ::fdatasync(file_.get());
    is_warned_ = false;
    return true;
}

void EventFile::finish() {
    if (!write_backlog()) { throw Error(fmt::format("{}: {}", path_, std::strerror(errno))); }
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
    : trainers_(trainers), next_round_(first_round) {}

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
