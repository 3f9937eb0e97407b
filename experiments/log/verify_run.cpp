#include <filesystem>

#include <fmt/core.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "experiments/log/event_reader.hpp"
#include "experiments/log/json.hpp"
#include "experiments/log/run_log.hpp"
#include "experiments/log/verifier.hpp"

namespace ltfb::experiments {

namespace {

/// The JSON of a file of the run directory; null where there is none.
Json read_json(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error) ? parse_json(read_text(path)) : Json();
}

/// Problems that the reader found since the last call, as violations.
class ProblemFeed {
public:
    void forward(const Problems& problems, Verifier& verifier) {
        const auto& first = problems.first();
        for (; next_ < first.size(); ++next_) {
            const bool is_seq = first[next_].what.find(" seq ") != std::string::npos;
            verifier.add(first[next_].line, is_seq ? "seq" : "line", first[next_].what);
        }
    }

private:
    std::size_t next_ = 0;
};

}  // namespace

void Verifier::check_files(const std::string& folder, const std::string& run_id) {
    const Json config = read_json(folder + "/config.json");
    if (config.is_discarded()) { add(0, "start", "config.json is no JSON"); }
    if (config.is_object()) {
        if (text_in(config, "run_id") != run_id) {
            add(0, "start", fmt::format("config.json is of run {}", text_in(config, "run_id")));
        }
        const auto trainers = integer_in(member(config, "layout"), "trainers", num_trainers_);
        if (trainers != num_trainers_) {
            add(0,
                "start",
                fmt::format("config.json has {} trainers, the log {}", trainers, num_trainers_));
        }
    }
    const Json summary = read_json(folder + "/summary.json");
    if (summary.is_discarded()) { add(0, "end", "summary.json is no JSON"); }
    if (!summary.is_object() || !has_ended_) { return; }
    const Json end = parse_json(end_text_);
    if (text_in(summary, "run_id") != run_id) {
        add(0, "end", fmt::format("summary.json is of run {}", text_in(summary, "run_id")));
    }
    for (const auto key : {"best_trainer", "standings", "test"}) {
        const Json& value = member(summary, key);
        if (!value.is_null() && value != member(end, key)) {
            add(0, "end", fmt::format("summary.json has another {} than run_end", key));
        }
    }
}

VerifyResult verify_run(const std::string& run, bool all) {
    const std::string path = log_path_of(run);
    EventReader reader(path);
    Verifier verifier;
    ProblemFeed feed;
    Event event;
    const auto is_done = [&] { return !all && !verifier.violations().empty(); };
    while (!is_done() && reader.next(event)) {
        feed.forward(reader.problems(), verifier);
        if (!is_done()) { verifier.take(event, reader.line()); }
    }
    feed.forward(reader.problems(), verifier);
    if (!is_done()) {
        verifier.finish();
        const auto folder = std::filesystem::path(path).parent_path().string();
        if (std::filesystem::is_directory(run)) { verifier.check_files(folder, reader.run_id()); }
    }
    VerifyResult result{reader.events(), reader.run_id(), verifier.violations()};
    if (!all && result.violations.size() > 1) { result.violations.resize(1); }
    return result;
}

}  // namespace ltfb::experiments
