/// SMTP door: who may send, what a message asks, and the verdict as a reply.
#pragma once
#include "connectors/net/listener.hpp"
#include "connectors/smtp/server.hpp"
#include "gateway/runtime.hpp"

namespace gateway {
enum class smtp_port { implicit_tls, starttls };
/// A session for the listener; `runtime` outlives the listener.
[[nodiscard]] net::session smtp_session(runtime&, smtp_port);
}  // namespace gateway
