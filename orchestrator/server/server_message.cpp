#include "orchestrator/server/server_message.hpp"

#include <charconv>

#include <boost/beast/http/status.hpp>
#include <fmt/core.h>

#include "core/error.hpp"

namespace ltfb::server {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') { return c - '0'; }
    if (c >= 'a' && c <= 'f') { return c - 'a' + 10; }
    if (c >= 'A' && c <= 'F') { return c - 'A' + 10; }
    return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) { return std::nullopt; }
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) { return std::nullopt; }
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c == '\0') { return std::nullopt; }
        decoded += c;
    }
    return decoded;
}

bool parse_query(std::string_view query, Request& request) {
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = percent_decode(pair.substr(0, equals));
        const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value) { return false; }
        request.query[*name] = *value;
    }
    return true;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) { return std::nullopt; }
    return value;
}

std::optional<std::uint64_t> Request::number(const std::string& name) const {
    const auto found = query.find(name);
    if (found == query.end()) { return std::nullopt; }
    const auto value = parse_number(found->second);
    if (!value) { throw InputError(fmt::format("{}={}: not a number", name, found->second)); }
    return value;
}

bool parse_target(std::string_view target, Request& request) {
    if (!target.starts_with('/')) { return false; }
    const auto question = std::min(target.find('?'), target.size());
    const auto path = percent_decode(target.substr(0, question));
    if (!path) { return false; }
    request.path = *path;
    return parse_query(target.substr(std::min(question + 1, target.size())), request);
}

Response json_response(const Json& body, int status) {
    // What a run directory holds may be no UTF-8; JSON must be.
    auto text = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return {.status = status, .body = std::make_shared<const std::string>(std::move(text))};
}

Response error_response(int status, std::string_view message) {
    return json_response({{"error", message}}, status);
}

std::string head_text(const Response& response, bool keeps_alive) {
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
    std::string head = fmt::format(
        "HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason.data(), reason.size()));
    head += fmt::format("Content-Type: {}\r\n", response.content_type);
    if (!response.stream) { head += fmt::format("Content-Length: {}\r\n", response.body->size()); }
    for (const auto& [name, value] : response.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    head += fmt::format("Connection: {}\r\n", keeps_alive ? "keep-alive" : "close");
    head +=
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "Referrer-Policy: no-referrer\r\n\r\n";
    return head;
}

}  // namespace ltfb::server
