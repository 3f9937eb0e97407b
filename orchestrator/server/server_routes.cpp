#include "orchestrator/server/server_routes.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::server {

namespace {

constexpr std::uint64_t default_limit = 1000;
constexpr std::uint64_t max_limit = 10'000;
constexpr std::uint64_t max_report_bytes = std::uint64_t{256} << 20U;

// What the page is made of, it holds itself; it talks to nobody but us.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'";

Response text_response(std::string type, std::shared_ptr<const std::string> text) {
    return {.content_type = std::move(type), .body = std::move(text)};
}

Response text_response(std::string type, std::string text) {
    return text_response(std::move(type), std::make_shared<const std::string>(std::move(text)));
}

struct NotFound : InputError {
    using InputError::InputError;
};

std::shared_ptr<ServedRun> find_run(const Request& request, const Answers& answers) {
    const auto asked = request.query.find("run");
    const std::string name = asked == request.query.end() ? "" : asked->second;
    auto run = answers.runs.find(name);
    if (run == nullptr) {
        throw NotFound(name.empty() ? std::string("no run is there yet (try again later)")
                                    : fmt::format("run {}: not served here (see /api/runs)", name));
    }
    return run;
}

Response list_runs(const Request&, const Answers& answers) {
    Json runs = Json::array();
    for (const auto& [name, run] : answers.runs.runs()) { runs.push_back(run->overview()); }
    return json_response({{"runs", runs}, {"can_control", answers.control != nullptr}});
}

template <ServedRun::Text (ServedRun::*answer)()>
Response answer_for_run(const Request& request, const Answers& answers) {
    return {.body = ((*find_run(request, answers)).*answer)()};
}

Response page_events(const Request& request, const Answers& answers) {
    const auto run = find_run(request, answers);
    const auto limit = request.number("limit").value_or(default_limit);
    return {.body = run->events(request.number("from").value_or(0),
                                std::clamp<std::uint64_t>(limit, 1, max_limit))};
}

Response stream_events(const Request& request, const Answers& answers) {
    auto run = find_run(request, answers);
    std::uint64_t line = request.number("from").value_or(run->log().lines());
    if (!request.last_event_id.empty()) {
        const auto last = parse_number(request.last_event_id);
        if (!last || *last == ~std::uint64_t{0}) {
            return error_response(400, "Last-Event-ID: not a line number");
        }
        line = *last + 1;
    }
    return {.content_type = "text/event-stream",
            .stream = StreamStart{.run = std::move(run), .line = line},
            .closes = true};
}

Response show_report(const Request& request, const Answers& answers) {
    if (answers.reports == nullptr) { throw NotFound("/api/report: not made by this server"); }
    const auto run = find_run(request, answers);
    if (run->log().bytes() > max_report_bytes) {
        return error_response(409, "the log is too long for a live report (use ltfb-log report)");
    }
    const auto report = answers.reports->find({.path = run->log().path(),
                                               .generation = run->log().generation(),
                                               .lines = run->log().lines()});
    if (!report) {
        auto response = json_response({{"wait", "the report is being made (ask again soon)"}}, 202);
        response.headers.emplace_back("Retry-After", "1");
        return response;
    }
    if (!report->is_good) { return error_response(500, *report->text); }
    Response response{.body = report->text};
    response.headers.emplace_back("X-Log-Events", std::to_string(report->source.lines));
    return response;
}

template <std::function<void()> Control::*ask>
Response ask_run(const Request& request, const Answers& answers) {
    if (answers.control == nullptr) {
        return error_response(409, "this server only reads (ask the ltfb-run that trains)");
    }
    (answers.control->*ask)();
    return json_response({{"accepted", request.path.substr(request.path.rfind('/') + 1)}}, 202);
}

struct Route {
    std::string_view path;
    std::string_view methods;  // as in the header Allow
    Response (*answer)(const Request&, const Answers&);
};

constexpr std::string_view reading = "GET, HEAD";
constexpr std::array routes{
    Route{"/",
          reading,
          [](const Request&, const Answers& answers) {
              auto response = text_response("text/html; charset=utf-8", answers.page);
              response.headers.emplace_back("Content-Security-Policy", page_policy);
              return response;
          }},
    Route{"/health",
          reading,
          [](const Request&, const Answers&) {
              return text_response("text/plain", std::string("ok\n"));
          }},
    Route{"/metrics",
          reading,
          [](const Request&, const Answers& answers) {
              return text_response("text/plain; version=0.0.4; charset=utf-8",
                                   metrics_text(answers.runs, answers.counters));
          }},
    Route{"/api/runs", reading, list_runs},
    Route{"/api/status", reading, answer_for_run<&ServedRun::status>},
    Route{"/api/summary", reading, answer_for_run<&ServedRun::summary>},
    Route{"/api/standings", reading, answer_for_run<&ServedRun::standings>},
    Route{"/api/events", reading, page_events},
    Route{"/api/report", reading, show_report},
    Route{"/api/stream", reading, stream_events},
    Route{"/api/snapshot", "POST", ask_run<&Control::snapshot>},
    Route{"/api/stop", "POST", ask_run<&Control::stop>},
};

Response answer(const Request& request, const Answers& answers) {
    const auto* const route =
        std::ranges::find_if(routes, [&](const Route& r) { return request.path == r.path; });
    if (route == routes.end()) {
        return error_response(404,
                              fmt::format("{}: not found (see docs/http-api.md)", request.path));
    }
    const bool is_reading = request.method == "GET" || request.method == "HEAD";
    if (is_reading ? route->methods != reading : request.method != route->methods) {
        auto response = error_response(
            405,
            fmt::format(
                "{} {}: not allowed (use {})", request.method, request.path, route->methods));
        response.headers.emplace_back("Allow", std::string(route->methods));
        return response;
    }
    return route->answer(request, answers);
}

}  // namespace

Response respond(const Request& request, const Answers& answers) {
    try {
        if (auto refusal = answers.access.refuse(request)) { return *std::move(refusal); }
        return answer(request, answers);
    } catch (const NotFound& error) {
        return error_response(404, error.what());
    } catch (const InputError& error) {
        return error_response(400, error.what());
    } catch (const std::exception& error) { return error_response(500, error.what()); }
}

}  // namespace ltfb::server
