#include "gateway/deliver/outcome.hpp"

namespace gateway {
bool holds(work const& w) {
    auto at = w.memory.time();
    // Half a lease is more than the deadlines of one exchange together; most attempts write
    // nothing.
    if (w.held.until - at > w.lease_ms / 2) return true;
    return w.memory.renew(w.held, at, w.lease_ms);
}
outcome lease_lost() { return {outcome::kind::deferred, "lease lost", "", {}, false, {}}; }
}  // namespace gateway
