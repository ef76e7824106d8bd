/// Requests, responses and forms as values.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/net/peer.hpp"

namespace http {
struct request {
    std::string method, target, path;               ///< path: decoded, without query
    std::multimap<std::string, std::string> query;  ///< decoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    net::peer peer;
    /// First header of that name (case-insensitive), or "".
    [[nodiscard]] std::string header(std::string_view) const;
};
struct response {
    int status{200};
    std::vector<std::pair<std::string, std::string>>
        headers;  ///< Content-Length and Date are added
    std::string body;
};
struct server_limits {
    std::size_t header_bytes{32U << 10}, body_bytes{60U << 20};
    std::chrono::milliseconds idle{60'000}, read{120'000}, write{120'000};
};

/// One part of multipart/form-data.
struct form_part {
    std::string name, filename, content_type, body;
};
/// RFC 7578. @return false when the body is malformed (missing boundary, no closing delimiter, too
/// many parts).
[[nodiscard]] bool parse_form(std::string_view content_type, std::string_view body,
                              std::vector<form_part>& out);
}  // namespace http
