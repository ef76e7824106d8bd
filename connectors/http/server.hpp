/// HTTP/1.1 server session over a byte_stream: Beast parses, limits and deadlines are ours.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/net/byte_stream.hpp"

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
using handler = std::function<net::task<response>(request)>;
/// Serves requests on one connection (keep-alive) until it ends. Refuses with 400, 408, 413, 431 by
/// itself, with problem+json bodies. Both Content-Length and chunked; both together are refused
/// (request smuggling). Expect: 100-continue is honoured.
[[nodiscard]] net::task<void> serve(std::unique_ptr<net::byte_stream>, handler, server_limits);

/// One part of multipart/form-data.
struct form_part {
    std::string name, filename, content_type, body;
};
/// RFC 7578. @return false when the body is malformed (missing boundary, no closing delimiter, too
/// many parts).
[[nodiscard]] bool parse_form(std::string_view content_type, std::string_view body,
                              std::vector<form_part>& out);
}  // namespace http
