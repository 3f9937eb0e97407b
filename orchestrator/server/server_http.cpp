#include "orchestrator/server/server_http.hpp"

#include <boost/beast/core/string.hpp>

namespace ltfb::server {

namespace {

namespace http = boost::beast::http;

std::string text_of(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

std::string token_of(const RequestParser::value_type& message) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string authorization = text_of(message[http::field::authorization]);
    if (boost::beast::iequals(authorization.substr(0, scheme.size()), scheme.data())) {
        return authorization.substr(scheme.size());
    }
    return text_of(message["X-Token"]);
}

Response closing(int status, std::string_view message) {
    auto response = error_response(status, message);
    response.closes = true;
    return response;
}

}  // namespace

void set_limits(RequestParser& parser) {
    parser.header_limit(max_head_bytes);
    parser.body_limit(max_body_bytes);
}

std::optional<Response> refuse_head(const RequestParser& parser) {
    if (parser.get().count(http::field::expect) == 0) { return std::nullopt; }
    return closing(417, "Expect: not supported (send the body at once, or none)");
}

std::optional<Response> refuse_malformed(const boost::system::error_code& error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::bad_method).category()) {
        return std::nullopt;
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return closing(431, "the request's head: too long (at most 16 KB)");
    }
    if (error == http::error::body_limit) {
        return closing(413, "the request's body: too long (at most 64 KB)");
    }
    return closing(400, "the request: " + error.message());
}

std::variant<Request, Response> to_request(const RequestParser::value_type& message) {
    Request request{.method = text_of(message.method_string()),
                    .host = text_of(message[http::field::host]),
                    .token = token_of(message),
                    .cookie = text_of(message[http::field::cookie]),
                    .last_event_id = text_of(message["Last-Event-ID"])};
    if (message.count(http::field::host) != 1) {
        return closing(400, "the request: needs one Host header");
    }
    const auto target = message.target();
    if (!parse_target({target.data(), target.size()}, request)) {
        return closing(400, "the request: its target is malformed");
    }
    return request;
}

}  // namespace ltfb::server
