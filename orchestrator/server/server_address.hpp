#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ltfb::server {

/// Where a server listens: a numeric address and a port, 0 for any free one.
struct ServerAddress {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8642;

    /// Whether only this machine can reach it.
    [[nodiscard]] bool is_loopback() const;
    /// HOST:PORT, an IPv6 host in brackets.
    [[nodiscard]] std::string to_text() const;

    bool operator==(const ServerAddress&) const = default;
};

/// Parses ADDRESS:PORT, ADDRESS, PORT or :PORT; an IPv6 address with a port stands in brackets,
/// `localhost` is 127.0.0.1. What is left out keeps its default. Throws InputError, which names the
/// `option` that the text was given to.
ServerAddress parse_server_address(std::string_view text, std::string_view option = "--serve");

/// Joins the argument `--serve` and the address behind it, or the default address where none
/// follows, to `--serve=ADDRESS:PORT`, so that an option parser needs to know only options with a
/// value. For programs without positional arguments: a word behind it is taken for the address.
std::vector<std::string> spell_out_serve(std::vector<std::string> arguments);

}  // namespace ltfb::server
