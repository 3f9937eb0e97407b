#include "orchestrator/live_server.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "core/error.hpp"
#include "orchestrator/server/server_access.hpp"
#include "orchestrator/signals.hpp"

namespace ltfb::orchestrator {

namespace {

/// Empty where there's none.
std::string token_in_environment() {
    constexpr std::size_t min_length = 16;
    const char* const token = std::getenv(token_variable);
    if (token == nullptr) { return ""; }
    const std::string text(token);
    constexpr const char* allowed =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    if (text.size() < min_length || text.find_first_not_of(allowed) != std::string::npos) {
        throw InputError(fmt::format("{}: is no good token (at least {} letters, digits, - or _)",
                                     token_variable,
                                     min_length));
    }
    return text;
}

}  // namespace

void hand_on_token() {
    if (token_in_environment().empty()) {
        ::setenv(token_variable, server::draw_token().c_str(), 1);
    }
}

std::unique_ptr<server::StatusServer> serve_run(const std::string& address,
                                                const std::string& run,
                                                LivePage page) {
    server::ServerSettings settings;
    settings.address = server::parse_server_address(address);
    settings.paths = {run};
    settings.page = std::move(page.page);
    settings.report = std::move(page.report);
    settings.control = {.snapshot = [] { note_signal(SIGUSR1); },
                        .stop = [] { note_signal(SIGTERM); }};
    settings.token = token_in_environment();
    settings.niceness = 19;  // where cores are short, training gets 98 % of one
    auto server = std::make_unique<server::StatusServer>(std::move(settings));
    std::fputs((server->announcement() + "\n").c_str(), stderr);
    return server;
}

}  // namespace ltfb::orchestrator
