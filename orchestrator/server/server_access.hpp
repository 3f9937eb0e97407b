#pragma once

#include <optional>
#include <string>

#include "orchestrator/server/server_address.hpp"
#include "orchestrator/server/server_message.hpp"

namespace ltfb::server {

/// 32 hexadecimal digits from the system's random number generator. Throws Error.
std::string draw_token();

/// Compares in a time that depends on the length of `given` alone.
bool is_same_secret(const std::string& given, const std::string& secret) noexcept;

/// Who may ask a server for what. docs/http-api.md says the rules.
class Access {
public:
    Access(ServerAddress bound, std::string token);

    /// The answer to a request that may not be answered otherwise: a refusal, or a browser sent
    /// on with its cookie.
    [[nodiscard]] std::optional<Response> refuse(const Request& request) const;

    /// Whether reading needs the token.
    [[nodiscard]] bool is_token_needed() const noexcept { return !is_loopback_; }

private:
    [[nodiscard]] bool has_cookie(const Request& request) const;
    [[nodiscard]] bool is_local_host(const std::string& host) const;
    [[nodiscard]] std::string cookie_name() const;

    ServerAddress bound_;
    bool is_loopback_;
    std::string token_;
};

}  // namespace ltfb::server
