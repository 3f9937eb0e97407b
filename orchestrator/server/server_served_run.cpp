#include "orchestrator/server/server_served_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/server/server_event_fields.hpp"

namespace ltfb::server {

namespace {

// Of a log at a time, so that requests are answered in between; parsing is about 100 MB/s.
constexpr std::uint64_t poll_bytes = std::uint64_t{1} << 20U;
constexpr std::uint64_t page_bytes = std::uint64_t{1} << 20U;
constexpr std::uint64_t chunk_bytes = std::uint64_t{64} << 10U;
constexpr std::uint64_t no_end = ~std::uint64_t{0};

/// Copying and writing JSON recurses, so what is nested too deeply must not get in.
bool is_deep(std::string_view json) {
    constexpr int max_depth = 32;
    int depth = 0;
    bool is_in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (is_in_string) {
            if (c == '\\') { ++i; }
            is_in_string = c != '"';
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth) { return true; }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

/// A null value where the line is no JSON object.
Json parse_event(std::string_view line) {
    const auto is_split = line.find('\r') < line.size() - 1;  // for readers of event streams
    if (line.empty() || is_split || is_deep(line)) { return nullptr; }
    Json event = Json::parse(line, nullptr, false);
    return event.is_object() ? event : Json(nullptr);
}

ServedRun::Text share(const Json& json) {
    return std::make_shared<const std::string>(
        json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

ServedRun::ServedRun(std::string name, std::string log_path, bool is_live)
    : name_(std::move(name)), is_live_(is_live), log_(std::move(log_path)) {}

bool ServedRun::poll() {
    status_.reset();  // tells for how long the log has been idle
    if (replay()) { return true; }
    const auto news = log_.poll(poll_bytes, [this](std::uint64_t number, std::string_view line) {
        return take(number, line);
    });
    if (news == FollowedLog::News::none) { return false; }
    if (news == FollowedLog::News::replaced) {
        state_ = {};
        unknown_ = 0;
        resumes_.clear();
        replayed_ = replay_end_ = 0;
    }
    forget_answers();
    return true;
}

void ServedRun::forget_answers() {
    status_.reset();
    summary_.reset();
    standings_.reset();
    chunk_ = {};
}

// What a resumed run plays again is in the log twice. At a resume the state starts anew and takes
// the lines before it once more, without the rounds that the resume declared superseded.
FollowedLog::Taken ServedRun::take(std::uint64_t number, std::string_view line) {
    const Json event = parse_event(line);
    if (event.is_null()) { return {.is_readable = false}; }
    const int first_again = std::max(-1, int_of(event, "from_round")) + 1;
    const bool is_resume = text_of(event, "event") == "resume" && first_again <= state_.round();
    if (is_resume) {
        resumes_.push_back({.line = number, .first_again = first_again});
        state_ = {};
        replayed_ = 0;
        replay_end_ = number + 1;
        return {.is_readable = true, .stops = true};
    }
    unknown_ += state_.take(event) ? 0 : 1;
    return {};
}

bool ServedRun::replay() {
    if (replayed_ == replay_end_) { return false; }
    const auto next =
        log_.read(replayed_,
                  replay_end_,
                  poll_bytes,
                  [this](std::uint64_t number, std::string_view line, bool is_readable) {
                      if (!is_readable) { return; }
                      const Json event = parse_event(line);
                      if (!is_superseded(number, event)) { state_.take(event); }
                  });
    replayed_ = next == replayed_ ? replay_end_ : next;  // the log is gone: poll will notice
    forget_answers();
    return true;
}

bool ServedRun::is_superseded(std::uint64_t number, const Json& event) const {
    return std::ranges::any_of(resumes_, [&](const Resume& resume) {
        return number < resume.line && int_of(event, "round") >= resume.first_again;
    });
}

std::string ServedRun::state_name() const {
    if (!state_.has_started()) { return "waiting"; }
    if (state_.has_ended()) { return "ended"; }
    return is_live_ ? "running" : "open";
}

Json ServedRun::overview() const {
    Json json{{"run", name_}, {"state", state_name()}};
    json.update(state_.identity());
    json["events"] = log_.lines();
    return json;
}

ServedRun::Text ServedRun::status() {
    if (!status_) {
        Json json{{"run", name_}, {"state", state_name()}};
        json.update(state_.status());
        json["idle_s"] = log_.idle_s();
        json["log"] = {{"events", log_.lines()},
                       {"bytes", log_.bytes()},
                       {"unreadable", log_.unreadable()},
                       {"unknown", unknown_},
                       {"is_torn", log_.is_torn()},
                       {"is_indexing", log_.is_behind() || replayed_ != replay_end_}};
        status_ = share(json);
    }
    return status_;
}

ServedRun::Text ServedRun::summary() {
    if (!summary_) {
        Json counts{{"state", state_name()}};
        counts.update(state_.counts());
        counts["events"] = log_.lines();
        counts["log_bytes"] = log_.bytes();
        counts["unreadable"] = log_.unreadable();
        summary_ = share({{"run", name_},
                          {"run_id", state_.identity().at("run_id")},
                          {"summary", counts},
                          {"result", state_.result()},
                          {"settings", state_.settings()}});
    }
    return summary_;
}

ServedRun::Text ServedRun::standings() {
    if (!standings_) {
        const Json identity = state_.identity();
        standings_ = share({{"run", name_},
                            {"run_id", identity.at("run_id")},
                            {"round", state_.round()},
                            {"metric", identity.at("metric")},
                            {"standings", state_.standings_table()}});
    }
    return standings_;
}

ServedRun::Text ServedRun::events(std::uint64_t from, std::uint64_t limit) const {
    std::string list;
    const std::uint64_t end = from > no_end - limit ? no_end : from + limit;
    const auto next = log_.read(
        from, end, page_bytes, [&](std::uint64_t, std::string_view line, bool is_readable) {
            list += list.empty() ? "\n" : ",\n";
            list += is_readable ? line : "null";
        });
    return std::make_shared<const std::string>(
        fmt::format(R"({{"run":{},"from":{},"next":{},"end":{},"events":[{}]}})"
                    "\n",
                    Json(name_).dump(-1, ' ', false, Json::error_handler_t::replace),
                    from,
                    next,
                    log_.lines(),
                    list));
}

ServedRun::Chunk ServedRun::stream_chunk(std::uint64_t line) {
    if (chunk_.text && chunk_line_ == line) { return chunk_; }
    std::string text;
    const auto next =
        log_.read(line,
                  no_end,
                  chunk_bytes,
                  [&](std::uint64_t number, std::string_view event, bool is_readable) {
                      if (is_readable) {
                          text += fmt::format("id: {}\ndata: {}\n\n", number, event);
                      }
                  });
    chunk_line_ = line;
    chunk_ = {.text = std::make_shared<const std::string>(std::move(text)), .next = next};
    return chunk_;
}

}  // namespace ltfb::server
