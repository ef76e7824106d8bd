/// HTTP/1.1 server session over a byte_stream: Beast parses, limits and deadlines are ours.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "connectors/http/message.hpp"
#include "connectors/net/byte_stream.hpp"

namespace http {
using handler = std::function<net::task<response>(request)>;
/// Asked when the header has come and no byte of the body is kept yet: a stranger's body is not
/// worth memory. nullopt: go on; a response refuses and ends the connection.
using gate = std::function<std::optional<response>(request const& head)>;
/// Serves requests on one connection (keep-alive) until it ends. Refuses with 400, 408, 413, 431 by
/// itself, with problem+json bodies. Both Content-Length and chunked; both together are refused
/// (request smuggling). Expect: 100-continue is honoured.
[[nodiscard]] net::task<void> serve(std::unique_ptr<net::byte_stream>, handler, server_limits,
                                    gate = nullptr);
}  // namespace http
