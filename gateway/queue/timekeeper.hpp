/// Once a second: whether the queue is to be looked after by the clock, and how far. What has
/// expired ends, unless a clock was set not long ago (`clock_guard.hpp`): that of this machine, or
/// that of the store, which judges and may be a database's.
#pragma once
#include <algorithm>

#include "gateway/clock_guard.hpp"
#include "gateway/config.hpp"

namespace gateway::queue {
/// What is asked of the store: rebase, then maybe expire.
struct sweep {
    instant at, farthest;  ///< of rebase
    bool expire;
    bool untried;         ///< of expire
    std::int64_t set_by;  ///< seconds by which the store's clock alone was set, 0: not
    static constexpr std::size_t most = 100;
};

/// How long one notice may take to be sent before another gateway tries.
inline constexpr std::chrono::milliseconds notice_lease{120'000};

class timekeeper {
public:
    using steady = clock_guard::steady;
    /// @return by how many seconds the wall clock was set since the last look, 0: not
    std::int64_t look(instant wall, steady::time_point at) { return wall_.step(wall, at); }
    [[nodiscard]] bool turn(steady::time_point at) { return wall_.turn(at); }
    /// @param shown  what the store's clock showed, some time from `asked` to `at`
    [[nodiscard]] sweep plan(retry_settings const& r, instant shown, steady::time_point asked,
                             steady::time_point at) {
        // A slow answer tells the time too vaguely to see whether the clock was set.
        bool exact = at - asked < clock_guard::tolerance / 2;
        auto set_by = exact ? store_.step(shown, at) : 0;
        // No true clock makes anything wait for longer.
        auto longest = std::max(
            {std::chrono::milliseconds{r.max}, std::chrono::milliseconds{r.lease}, notice_lease});
        return {shown, shown + longest.count(),
                exact && !wall_.settling(at) && !store_.settling(at), wall_.long_running(at),
                wall_.settling(at) ? 0 : set_by};
    }

private:
    clock_guard wall_, store_;
};
}  // namespace gateway::queue
