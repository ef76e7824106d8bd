/// How one attempt ended, decided once from what the peer said.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gateway/config.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
struct outcome {
    enum class kind { delivered, deferred, failed } what{kind::deferred};
    std::string peer;                    ///< the peer's words
    std::string reason;                  ///< failed: what the emitter is told
    std::chrono::seconds not_before{0};  ///< the peer asked to wait
    bool peer_in_trouble{false};         ///< counts for the circuit breaker of this destination
    std::vector<receipt> receipts;
};
/// What an attempt works on.
struct work {
    lease& held;
    submission const& about;
    std::vector<stored_document> const& documents;
    store& memory;
    std::int64_t lease_ms;
};
/// Called just before a peer is given something: the lease outlasts the exchange, or is renewed.
/// false: this gateway stood still for too long, and another has the delivery.
[[nodiscard]] bool holds(work const&);
[[nodiscard]] outcome lease_lost();
[[nodiscard]] outcome deliver_to_dmp(config const&, work const&);
[[nodiscard]] outcome deliver_by_mssante(config const&, work const&);
/// Tells the SMTP emitter that a delivery failed (RFC 3464), without clinical content.
[[nodiscard]] outcome send_notice(config const&, submission const&, delivery_view const&);
}  // namespace gateway
