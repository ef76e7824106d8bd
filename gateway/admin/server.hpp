/// The admin listener: figures, health, the queue and the account. Plain HTTP, so the settings keep
/// it on loopback; requests that a browser was tricked into are refused.
#pragma once
#include "connectors/net/listener.hpp"
#include "gateway/runtime.hpp"

namespace gateway {
/// A session for the listener; `runtime` outlives the listener.
[[nodiscard]] net::session admin_session(runtime&);
}  // namespace gateway
