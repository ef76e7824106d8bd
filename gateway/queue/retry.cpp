#include "gateway/queue/retry.hpp"

namespace gateway::queue {
using std::chrono::duration_cast;
using std::chrono::milliseconds;

milliseconds backoff(retry_settings const& r, int attempts, double random) {
    auto cap = duration_cast<milliseconds>(r.max).count();
    auto wait = duration_cast<milliseconds>(r.first).count();
    for (int i = 1; i < attempts && wait < cap; ++i) wait *= 2;
    wait = std::min(wait, cap);
    return milliseconds{static_cast<std::int64_t>(static_cast<double>(wait) * (0.5 + random / 2))};
}

settlement settlement_of(lease const& held, outcome const& out, retry_settings const& r, instant at,
                         double random) {
    settlement s;
    s.at = at;
    s.peer = out.peer;
    s.receipts = out.receipts;
    s.fixed = held.fixed;
    switch (out.what) {
        case outcome::kind::delivered: s.to = delivery_state::delivered; break;
        case outcome::kind::failed:
            s.to = delivery_state::failed;
            s.reason = out.reason;
            break;
        case outcome::kind::deferred: {
            s.to = delivery_state::deferred;
            auto asked = duration_cast<milliseconds>(std::min(out.not_before, r.max));
            auto wait = std::max(backoff(r, held.attempts + 1, random), asked);
            s.next_attempt_at = at + wait.count();
            break;
        }
    }
    return s;
}

notice_end notice_end_of(store::notice const& n, outcome const& out, retry_settings const& r,
                         instant at, double random) {
    if (out.what != outcome::kind::deferred) return {true, 0};
    return {false, at + backoff(r, n.attempts + 1, random).count()};
}
}  // namespace gateway::queue
