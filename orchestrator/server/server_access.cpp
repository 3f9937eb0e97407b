#include "orchestrator/server/server_access.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <sys/random.h>

#include "core/error.hpp"

namespace ltfb::server {

namespace {

/// The host of a Host header, without port and brackets.
std::string host_of(const std::string& header) {
    if (!header.starts_with('[')) { return header.substr(0, header.find(':')); }
    const auto end = header.find(']');
    return end == std::string::npos ? "" : header.substr(1, end - 1);
}

}  // namespace

std::string draw_token() {
    std::array<unsigned char, 16> bytes{};
    // At most 256 bytes come whole.
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw Error(fmt::format("getrandom: {}", std::strerror(errno)));
    }
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

bool is_same_secret(const std::string& given, const std::string& secret) noexcept {
    if (secret.empty()) { return false; }
    volatile std::size_t difference = given.size() ^ secret.size();
    for (std::size_t i = 0; i < given.size(); ++i) {
        difference = difference | static_cast<std::size_t>(given[i] ^ secret[i % secret.size()]);
    }
    return difference == 0;
}

Access::Access(ServerAddress bound, std::string token)
    : bound_(std::move(bound)), is_loopback_(bound_.is_loopback()), token_(std::move(token)) {}

std::string Access::cookie_name() const {
    // Browsers send a cookie to all ports of a host.
    return fmt::format("ltfb_token_{}", bound_.port);
}

bool Access::has_cookie(const Request& request) const {
    std::string_view rest = request.cookie;
    const std::string wanted = cookie_name() + "=";
    while (!rest.empty()) {
        const auto semicolon = std::min(rest.find(';'), rest.size());
        auto cookie = rest.substr(0, semicolon);
        rest.remove_prefix(std::min(semicolon + 1, rest.size()));
        cookie.remove_prefix(std::min(cookie.find_first_not_of(' '), cookie.size()));
        if (cookie.starts_with(wanted) &&
            is_same_secret(std::string(cookie.substr(wanted.size())), token_)) {
            return true;
        }
    }
    return false;
}

bool Access::is_local_host(const std::string& header) const {
    const std::string host = host_of(header);
    if (host == "localhost" || host == bound_.host) { return true; }
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

std::optional<Response> Access::refuse(const Request& request) const {
    if (request.path == "/health") { return std::nullopt; }
    const bool has_header = is_same_secret(request.token, token_);
    const bool is_reader = has_header || has_cookie(request);
    const auto unauthorised = [] {
        auto response = error_response(
            401, "the token is missing or wrong (the server printed it when it started)");
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    };
    const auto in_query = request.query.find("token");
    if (request.path == "/" && in_query != request.query.end()) {
        if (!is_same_secret(in_query->second, token_)) { return unauthorised(); }
        Response response{.status = 303, .content_type = "text/plain"};
        response.headers.emplace_back("Location", "./");
        response.headers.emplace_back(
            "Set-Cookie",
            fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/", cookie_name(), token_));
        return response;
    }
    if (!is_reader && is_token_needed()) { return unauthorised(); }
    if (!is_reader && !is_local_host(request.host)) {
        return error_response(403,
                              fmt::format("Host {}: not a name of this machine's loopback (use "
                                          "localhost, or give the token)",
                                          request.host));
    }
    if (request.method == "POST" && !has_header) { return unauthorised(); }
    return std::nullopt;
}

}  // namespace ltfb::server
