/// HTTPS door: the API of design §5 for emitters. Errors are RFC 9457 with findings.
#pragma once
#include "connectors/net/listener.hpp"
#include "gateway/runtime.hpp"

namespace gateway {
/// A session for the listener; `runtime` outlives the listener.
[[nodiscard]] net::session https_session(runtime&);
}  // namespace gateway
