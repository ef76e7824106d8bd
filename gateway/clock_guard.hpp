/// Keeps deliveries from harm when the wall clock is set: nothing expires by a time that nobody
/// believed in a moment ago.
#pragma once
#include <chrono>

#include "gateway/model.hpp"

namespace gateway {
class clock_guard {
public:
    using steady = std::chrono::steady_clock;
    /// After a step, and for what was never tried after a start: time for an attempt of everything.
    static constexpr std::chrono::minutes patience{10};
    /// More than the correction of a running clock, less than any wait.
    static constexpr std::chrono::seconds tolerance{5};

    /// Looks at the wall clock. @return by how many seconds it was set since the last look, 0: not
    std::int64_t step(instant wall, steady::time_point at = steady::now()) {
        auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(at - looked_).count();
        auto off = wall - wall_ - gone;
        bool first = wall_ == 0;
        wall_ = wall;
        looked_ = at;
        if (first) started_ = at;
        auto limit = std::chrono::milliseconds{tolerance}.count();
        if (first || (off < limit && off > -limit)) return 0;
        stepped_ = at;
        set_ = true;
        return off / 1000;
    }
    /// Once a second: whether to look after what waits.
    bool turn(steady::time_point at = steady::now()) {
        if (at - turned_ < std::chrono::seconds{1}) return false;
        turned_ = at;
        return true;
    }
    /// The clock was set not long ago.
    [[nodiscard]] bool settling(steady::time_point at = steady::now()) const {
        return set_ && at - stepped_ < patience;
    }
    [[nodiscard]] bool long_running(steady::time_point at = steady::now()) const {
        return at - started_ >= patience;
    }

private:
    instant wall_{0};
    bool set_{false};
    steady::time_point looked_{}, started_{}, stepped_{}, turned_{};
};
}  // namespace gateway
