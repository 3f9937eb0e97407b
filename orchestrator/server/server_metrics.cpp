#include "orchestrator/server/server_metrics.hpp"

#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace ltfb::server {

namespace {

/// A metric that is a member of a run's status.
struct RunMetric {
    const char* name;
    const char* type;
    const char* member;
    const char* help;
};
constexpr std::array run_metrics{
    RunMetric{"ltfb_round", "gauge", "round", "last round with events"},
    RunMetric{"ltfb_rounds", "gauge", "rounds", "rounds as set"},
    RunMetric{"ltfb_trainers", "gauge", "trainers", "trainers as set"},
    RunMetric{"ltfb_trainers_lost", "gauge", "trainers_lost", "trainers that failed"},
    RunMetric{"ltfb_best_score", "gauge", "best_score", "score of the best model"},
    RunMetric{"ltfb_median_score", "gauge", "median_score", "score of the median model"},
    RunMetric{"ltfb_samples_per_second", "gauge", "samples_per_s", "of all trainers"},
    RunMetric{"ltfb_samples_trained_total", "counter", "samples_trained", "by all trainers"},
    RunMetric{"ltfb_tournaments_total", "counter", "verdicts", "verdicts of trainers"},
    RunMetric{"ltfb_adoptions_total", "counter", "adoptions", "challengers that won"},
    RunMetric{"ltfb_non_finite_trainers", "gauge", "non_finite", "trainers without a finite score"},
};

// More than this many trainers in all runs are left out of the metrics of single trainers.
constexpr std::size_t max_trainer_lines = 10'000;

std::string escape(const std::string& label) {
    std::string escaped;
    for (const char c : label) {
        if (c == '\n') {
            escaped += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') { escaped += '\\'; }
        escaped += c;
    }
    return escaped;
}

std::string number_text(double value) {
    if (std::isnan(value)) { return "NaN"; }
    if (std::isinf(value)) { return value > 0 ? "+Inf" : "-Inf"; }
    return fmt::format("{}", value);
}

double value_of(const Json& status, const char* member) {
    const Json& value = status.at(member);
    return value.is_array() ? static_cast<double>(value.size()) : from_json_number(value);
}

class MetricsText {
public:
    void declare(const char* name, const char* type, const char* help) {
        append("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    template <class... Arguments>
    void append(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

void append_runs(const RunList& runs, MetricsText& text) {
    std::map<std::string, Json> statuses;  // by escaped name
    for (const auto& [name, run] : runs.runs()) { statuses[escape(name)] = run->state().status(); }
    for (const RunMetric& metric : run_metrics) {
        text.declare(metric.name, metric.type, metric.help);
        for (const auto& [name, status] : statuses) {
            text.append("{}{{run=\"{}\"}} {}\n",
                        metric.name,
                        name,
                        number_text(value_of(status, metric.member)));
        }
    }
    text.declare("ltfb_run_info", "gauge", "1, with what a run is as labels");
    for (const auto& [name, run] : runs.runs()) {
        const Json& run_id = statuses.at(escape(name)).at("run_id");
        text.append("ltfb_run_info{{run=\"{}\",run_id=\"{}\",state=\"{}\"}} 1\n",
                    escape(name),
                    run_id.is_string() ? escape(run_id.get<std::string>()) : "",
                    run->state_name());
    }
}

void append_trainers(const RunList& runs, MetricsText& text) {
    text.declare("ltfb_trainer_score", "gauge", "score of the model that a trainer holds");
    std::size_t lines = 0;
    for (const auto& [name, run] : runs.runs()) {
        const auto standings = run->state().standings();
        lines += standings.size();
        if (lines > max_trainer_lines) { return; }
        for (const auto& rank : standings) {
            text.append("ltfb_trainer_score{{run=\"{}\",trainer=\"{}\"}} {}\n",
                        escape(name),
                        rank.trainer,
                        number_text(rank.score));
        }
    }
}

void append_logs(const RunList& runs, MetricsText& text) {
    text.declare("ltfb_log_events_total", "counter", "whole lines of the log");
    for (const auto& [name, run] : runs.runs()) {
        text.append("ltfb_log_events_total{{run=\"{}\"}} {}\n", escape(name), run->log().lines());
    }
    text.declare("ltfb_log_unreadable_lines", "gauge", "lines of the log that are no JSON");
    for (const auto& [name, run] : runs.runs()) {
        text.append(
            "ltfb_log_unreadable_lines{{run=\"{}\"}} {}\n", escape(name), run->log().unreadable());
    }
    text.declare("ltfb_log_idle_seconds", "gauge", "since the log was written to");
    for (const auto& [name, run] : runs.runs()) {
        text.append("ltfb_log_idle_seconds{{run=\"{}\"}} {}\n", escape(name), run->log().idle_s());
    }
}

void append_server(const ServerCounters& counters, MetricsText& text) {
    const auto append =
        [&](const char* name, const char* type, const char* help, std::uint64_t value) {
            text.declare(name, type, help);
            text.append("{} {}\n", name, value);
        };
    append("ltfb_server_connections", "gauge", "open now", counters.connections);
    append("ltfb_server_requests_total", "counter", "answered", counters.requests);
    append("ltfb_server_refused_total", "counter", "beyond the limit", counters.refused);
    append("ltfb_server_dropped_total", "counter", "for being too slow", counters.dropped);
    append("ltfb_server_errors_total", "counter", "of the server itself", counters.errors);
}

}  // namespace

std::string metrics_text(const RunList& runs, const ServerCounters& counters) {
    MetricsText text;
    append_runs(runs, text);
    append_trainers(runs, text);
    append_logs(runs, text);
    append_server(counters, text);
    return text.take();
}

}  // namespace ltfb::server
