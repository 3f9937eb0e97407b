#pragma once

#include <variant>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "orchestrator/server/server_message.hpp"

namespace ltfb::server {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

inline constexpr std::uint32_t max_head_bytes = 16U << 10U;
inline constexpr std::uint64_t max_body_bytes = std::uint64_t{64} << 10U;

void set_limits(RequestParser& parser);

/// What is answered to a request whose head has arrived, where its body need not be waited for.
std::optional<Response> refuse_head(const RequestParser& parser);

/// The answer to a request that couldn't be parsed; nullopt where `error` is none of parsing.
std::optional<Response> refuse_malformed(const boost::system::error_code& error);

/// What matters of a parsed request, or the answer to one that makes no sense.
std::variant<Request, Response> to_request(const RequestParser::value_type& message);

}  // namespace ltfb::server
