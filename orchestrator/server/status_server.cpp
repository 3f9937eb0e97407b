#include "orchestrator/server/status_server.hpp"

#include <thread>
#include <utility>

#include <boost/asio/ip/host_name.hpp>
#include <fmt/core.h>

#include "orchestrator/server/server_loop.hpp"
#include "orchestrator/server/server_thread.hpp"

namespace ltfb::server {

namespace {

constexpr const char* plain_page =
    "<!doctype html><meta charset=utf-8><title>ltfb</title><h1>ltfb</h1>"
    "<p>See <a href=api/runs>runs</a>, <a href=api/status>status</a>, "
    "<a href=api/summary>summary</a>, <a href=api/standings>standings</a>, "
    "<a href=api/events>events</a>, <a href=metrics>metrics</a>.\n";

// Beside training, the reports of a log that keeps growing may take 2 % of a core.
constexpr int rest_factor_beside_training = 50;
constexpr int rest_factor = 2;

}  // namespace

class StatusServer::Implementation {
public:
    explicit Implementation(ServerSettings settings)
        : loop_(settings.address),
          token_(settings.token.empty() ? draw_token() : settings.token),
          has_control_(settings.control.has_value()) {
        if (settings.page.empty()) { settings.page = plain_page; }
        loop_.open(std::make_unique<Service>(
            Service{.access = Access(loop_.address(), token_),
                    .runs = RunList(settings.paths, has_control_),
                    .page = std::make_shared<const std::string>(std::move(settings.page)),
                    .reports = settings.report
                                   ? std::make_unique<ReportMaker>(
                                         settings.report,
                                         settings.niceness,
                                         has_control_ ? rest_factor_beside_training : rest_factor)
                                   : nullptr,
                    .control = std::move(settings.control),
                    .limits = settings.limits}));
        thread_ = start_thread(settings.niceness, [this] { loop_.run(); });
    }

    ~Implementation() {
        loop_.stop();
        thread_.join();
    }

    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;
    Implementation(Implementation&&) = delete;
    Implementation& operator=(Implementation&&) = delete;

    [[nodiscard]] const ServerAddress& address() const noexcept { return loop_.address(); }
    [[nodiscard]] const std::string& token() const noexcept { return token_; }
    [[nodiscard]] bool has_control() const noexcept { return has_control_; }

private:
    ServerLoop loop_;
    std::string token_;
    bool has_control_;
    std::thread thread_;
};

StatusServer::StatusServer(ServerSettings settings)
    : implementation_(std::make_unique<Implementation>(std::move(settings))) {}

StatusServer::~StatusServer() = default;

const ServerAddress& StatusServer::address() const noexcept {
    return implementation_->address();
}

const std::string& StatusServer::token() const noexcept {
    return implementation_->token();
}

std::string StatusServer::announcement() const {
    ServerAddress shown = address();
    if (shown.is_loopback()) {
        const std::string page = fmt::format("status page: http://{}/\n", shown.to_text());
        return implementation_->has_control()
                   ? page + fmt::format("token for snapshot and stop: {}\n", token())
                   : page;
    }
    if (shown.host == "0.0.0.0" || shown.host == "::") {
        shown.host = boost::asio::ip::host_name();
    }
    return fmt::format("status page: http://{}/?token={}\n", shown.to_text(), token());
}

}  // namespace ltfb::server
