/// Circuit breaker of one peer: opens after `threshold` troubles in a row, then lets one probe
/// through after a pause that doubles up to `longest`. The caller tells the time.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>

namespace gateway::queue {
using steady = std::chrono::steady_clock;

class breaker {
public:
    static constexpr int threshold = 5;
    static constexpr std::chrono::milliseconds shortest{1000}, longest{60'000};
    enum class change { none, opened, closed };

    [[nodiscard]] bool closed() const { return troubles_ < threshold; }
    /// How many attempts may start now, of `normal` that have room.
    [[nodiscard]] std::size_t allowance(std::size_t normal, steady::time_point now) const {
        if (closed()) return normal;
        return normal > 0 && !probing_ && now >= until_ ? 1 : 0;
    }
    /// Something is asked for under this allowance: while the breaker is open, the one probe.
    void asked() { probing_ = !closed(); }
    /// The probe is over, or there was nothing to try it with.
    void probed() { probing_ = false; }
    change heard(bool trouble, steady::time_point now) {
        bool was_closed = closed();
        probing_ = false;
        if (!trouble) {
            *this = breaker{};
            return was_closed ? change::none : change::closed;
        }
        ++troubles_;
        if (closed()) return change::none;
        until_ = now + pause_;
        pause_ = std::min(pause_ * 2, longest);
        return was_closed ? change::opened : change::none;
    }

private:
    int troubles_{0};
    std::chrono::milliseconds pause_{shortest};
    steady::time_point until_{};
    bool probing_{false};
};
}  // namespace gateway::queue
