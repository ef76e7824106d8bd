/// Once a second: whether the queue is to be looked after by the clock, and how far. What has
/// expired ends, unless the clock was set not long ago (`clock_guard.hpp`).
#pragma once
#include <optional>

#include "gateway/clock_guard.hpp"
#include "gateway/config.hpp"

namespace gateway::queue {
/// What is asked of the store: rebase, then maybe expire.
struct sweep {
    instant at, farthest;  ///< of rebase
    bool expire;
    bool untried;  ///< of expire
    static constexpr std::size_t most = 100;
};

class timekeeper {
public:
    using steady = clock_guard::steady;
    /// @return by how many seconds the wall clock was set since the last look, 0: not
    std::int64_t look(instant wall, steady::time_point at) { return guard_.step(wall, at); }
    [[nodiscard]] bool turn(steady::time_point at) { return guard_.turn(at); }
    [[nodiscard]] sweep plan(retry_settings const& r, instant store_time,
                             steady::time_point at) const {
        auto longest =
            std::max(std::chrono::milliseconds{r.max}, std::chrono::milliseconds{r.lease});
        return {store_time, store_time + longest.count(), !guard_.settling(at),
                guard_.long_running(at)};
    }

private:
    clock_guard guard_;
};
}  // namespace gateway::queue
