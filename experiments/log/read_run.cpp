#include <filesystem>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"
#include "experiments/log/run_log.hpp"
#include "experiments/log/run_log_builder.hpp"

namespace ltfb::experiments {

namespace fs = std::filesystem;

std::string log_path_of(const std::string& run) {
    std::error_code error;
    const fs::path path(run);
    if (fs::is_directory(path, error)) {
        const fs::path log = path / "events.jsonl";
        if (!fs::exists(log, error)) {
            throw InputError(fmt::format(
                "{}: holds no events.jsonl (name a run directory, as written by ltfb-run)", run));
        }
        return log.string();
    }
    if (!fs::exists(path, error)) {
        throw InputError(fmt::format("{}: no such run directory or log (check the path)", run));
    }
    return run;
}

namespace {

/// "RUN" for RUN/ and for RUN/events.jsonl; the file's name for any other log.
fs::path folder_of(const std::string& path) {
    const fs::path log = fs::absolute(path).lexically_normal();
    return log.filename() == "events.jsonl" ? log.parent_path() : fs::path();
}

}  // namespace

RunLog read_run(const std::string& run, Detail detail, EventReader::OnProgress on_progress) {
    RunLog log;
    log.path = log_path_of(run);
    log.folder = folder_of(log.path).string();
    log.name = fs::path(log.folder.empty() ? log.path : log.folder).filename().string();
    EventReader reader(log.path, RunLogBuilder::wanted_fields(detail), std::move(on_progress));
    RunLogBuilder builder(log, detail);
    Event event;
    Problems left_out;
    while (reader.next(event)) {
        if (auto flaw = builder.take(event); !flaw.empty()) {
            left_out.add(reader.line(), std::move(flaw));
        }
    }
    log.bytes = reader.bytes();
    log.has_torn_line = reader.has_torn_line();
    log.problems = reader.problems();
    log.problems.add(left_out);
    if (log.events == 0) {
        const auto& first = log.problems.first();
        throw InputError(first.empty()
                             ? fmt::format("{}: holds no event (is it a tournament log?)", log.path)
                             : fmt::format("{}:{}: {} (no line of the log can be read)",
                                           log.path,
                                           first[0].line,
                                           first[0].what));
    }
    return log;
}

}  // namespace ltfb::experiments
