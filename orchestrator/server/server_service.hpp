#pragma once

#include <optional>
#include <set>

#include "orchestrator/server/server_limits.hpp"
#include "orchestrator/server/server_routes.hpp"

namespace ltfb::server {

/// Somebody connected. Called on the server's thread.
class Client {
public:
    Client() = default;
    virtual ~Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;

    /// There may be news in the logs.
    virtual void notice_news() {}
    /// Some time has passed: show that the connection lives.
    virtual void beat() {}
    /// Brings to an end what has begun, then closes.
    virtual void finish() = 0;
    /// Closes the socket at once.
    virtual void close() = 0;
};

/// What everything that runs on the server's thread shares.
struct Service {
    Access access;
    RunList runs;
    std::shared_ptr<const std::string> page = {};
    std::unique_ptr<ReportMaker> reports;
    std::optional<Control> control = {};
    ServerLimits limits = {};
    ServerCounters counters = {};
    std::set<Client*> clients = {};
    bool is_closing = false;

    [[nodiscard]] Answers answers() const {
        return {.access = access,
                .runs = runs,
                .counters = counters,
                .page = page,
                .reports = reports.get(),
                .control = control ? &*control : nullptr};
    }
};

/// Enters a client into the service for as long as it lives.
class Registration {
public:
    Registration(Service& service, Client& client) : service_(service), client_(client) {
        service_.clients.insert(&client_);
        service_.counters.connections = service_.clients.size();
    }
    ~Registration() {
        service_.clients.erase(&client_);
        service_.counters.connections = service_.clients.size();
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    Registration(Registration&&) = delete;
    Registration& operator=(Registration&&) = delete;

private:
    Service& service_;
    Client& client_;
};

}  // namespace ltfb::server
