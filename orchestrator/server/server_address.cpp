#include "orchestrator/server/server_address.hpp"

#include <charconv>
#include <optional>

#include <boost/asio/ip/address.hpp>
#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::server {

namespace {

namespace ip = boost::asio::ip;

[[noreturn]] void refuse(std::string_view text, const char* why) {
    throw InputError(
        fmt::format("{}: {} (ADDRESS:PORT, like 127.0.0.1:8642 or [::1]:8642)", text, why));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) { return std::nullopt; }
    return port;
}

std::string parse_host(std::string_view whole, std::string_view host) {
    if (host == "localhost") { return "127.0.0.1"; }
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(host), error);
    if (error) { refuse(whole, "the address isn't a numeric one"); }
    return address.to_string();
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The text split at the colon before its port.
struct Parts {
    std::string_view host;
    std::optional<std::string_view> port;
};

Parts split(std::string_view text) {
    if (is_number(text)) { return {.host = {}, .port = text}; }
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos) { refuse(text, "lacks a \"]\""); }
        const auto rest = text.substr(bracket + 1);
        if (!rest.empty() && rest[0] != ':') { refuse(text, "has no \":\" behind the \"]\""); }
        const auto host = text.substr(1, bracket - 1);
        if (host.empty()) { refuse(text, "has no address"); }
        if (rest.empty()) { return {.host = host, .port = std::nullopt}; }
        return {.host = host, .port = rest.substr(1)};
    }
    const auto colon = text.find(':');
    const bool is_bare_ipv6 = colon != text.rfind(':');
    if (colon == std::string_view::npos || is_bare_ipv6) {
        return {.host = text, .port = std::nullopt};
    }
    return {.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

ServerAddress parse_address(std::string_view text) {
    ServerAddress address;
    if (text.empty()) { refuse(text, "is empty"); }
    const Parts parts = split(text);
    if (!parts.host.empty()) { address.host = parse_host(text, parts.host); }
    if (parts.host.empty() && !parts.port) { refuse(text, "has no address"); }
    if (parts.port) {
        const auto port = parse_port(*parts.port);
        if (!port) { refuse(text, "the port isn't a number from 0 to 65535"); }
        address.port = *port;
    }
    return address;
}

}  // namespace

bool ServerAddress::is_loopback() const {
    return ip::make_address(host).is_loopback();
}

std::string ServerAddress::to_text() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

ServerAddress parse_server_address(std::string_view text, std::string_view option) {
    try {
        return parse_address(text);
    } catch (const InputError& error) {
        throw InputError(fmt::format("{} {}", option, error.what()));
    }
}

std::vector<std::string> spell_out_serve(std::vector<std::string> arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] != "--serve") { continue; }
        const bool has_value = i + 1 < arguments.size() && !arguments[i + 1].starts_with('-');
        if (has_value) {
            arguments[i].append("=").append(arguments[i + 1]);
            arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        } else {
            arguments[i].append("=").append(ServerAddress{}.to_text());
        }
    }
    return arguments;
}

}  // namespace ltfb::server
