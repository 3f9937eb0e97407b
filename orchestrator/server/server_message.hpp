#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.hpp"

namespace ltfb::server {

/// What of an HTTP request matters here, checked and decoded.
struct Request {
    std::string method = {};
    std::string path = {};                          // decoded, without the query
    std::map<std::string, std::string> query = {};  // decoded; the last of equal names
    std::string host = {};                          // header Host
    std::string token = {};                         // of Authorization: Bearer, or of X-Token
    std::string cookie = {};                        // header Cookie
    std::string last_event_id = {};

    /// The query's value as a number; nullopt where it's absent. Throws InputError where it isn't
    /// one.
    [[nodiscard]] std::optional<std::uint64_t> number(const std::string& name) const;
};

/// Splits and decodes a target like `/api/events?from=3`; false where it's malformed.
bool parse_target(std::string_view target, Request& request);

/// A number of digits alone; nullopt for anything else.
std::optional<std::uint64_t> parse_number(std::string_view text);

class ServedRun;

/// Which server-sent events follow the head of a response.
struct StreamStart {
    std::shared_ptr<ServedRun> run;
    std::uint64_t line = 0;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::optional<StreamStart> stream = {};
    bool closes = false;  // the connection, whatever the client wishes
};

Response json_response(const Json& body, int status = 200);
/// {"error": message}. Message grammar as in core/error.hpp.
Response error_response(int status, std::string_view message);

/// Status line and headers, with the empty line.
std::string head_text(const Response& response, bool keeps_alive);

}  // namespace ltfb::server
