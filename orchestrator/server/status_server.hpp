#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/server/server_address.hpp"
#include "orchestrator/server/server_control.hpp"
#include "orchestrator/server/server_limits.hpp"

namespace ltfb::server {

struct ServerSettings {
    ServerAddress address = {};
    /// Run directories, folders of them, or logs.
    std::vector<std::string> paths = {};
    /// HTML of `/`; empty: a list of what else there is.
    std::string page = {};
    /// Makes what `/api/report` answers, JSON, of the log at a path; called on a thread of its own.
    std::function<std::string(const std::string& log_path)> report = {};
    /// Of the run that this process is part of, whose directory is then the one path; without it,
    /// the server only reads.
    std::optional<Control> control = {};
    /// What clients must know, see docs/http-api.md; empty: drawn.
    std::string token = {};
    /// What the server's thread leaves to others: 0 nothing, 19 nearly everything.
    int niceness = 0;
    ServerLimits limits = {};
};

/// Answers HTTP requests about runs, as docs/http-api.md says, on a thread of its own. It knows
/// runs from their directories alone, so whoever writes those never waits for it.
class StatusServer {
public:
    /// Listens before it returns. Throws InputError where a path isn't there or the address can't
    /// be had.
    explicit StatusServer(ServerSettings settings);
    /// Lets clients take what is left for them, for `limits.grace` at most, and closes.
    ~StatusServer();
    StatusServer(const StatusServer&) = delete;
    StatusServer& operator=(const StatusServer&) = delete;
    StatusServer(StatusServer&&) = delete;
    StatusServer& operator=(StatusServer&&) = delete;

    /// Where it listens, with the port that it got.
    [[nodiscard]] const ServerAddress& address() const noexcept;
    [[nodiscard]] const std::string& token() const noexcept;
    /// What the user needs to know to reach it, token included; a line or two.
    [[nodiscard]] std::string announcement() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace ltfb::server
