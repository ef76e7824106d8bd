#include "gateway/deliver/outcome.hpp"

namespace gateway {
bool holds(work const& w) {
    // Half a lease is more than the deadlines of one exchange together; most attempts write
    // nothing. More than a whole one is left only when the clock was set back: what others were
    // given since, the store knows.
    auto long_enough = [&](instant at) {
        auto left = w.held.until - at;
        return left > w.lease_ms / 2 && left <= w.lease_ms;
    };
    auto at = w.memory.time();
    if (long_enough(at)) return true;
    // Of a slow store the answer may come when the new lease is half over, too.
    return w.memory.renew(w.held, at, w.lease_ms) && long_enough(w.memory.time());
}
outcome lease_lost() { return {outcome::kind::deferred, "lease lost", "", {}, false, {}}; }
}  // namespace gateway
