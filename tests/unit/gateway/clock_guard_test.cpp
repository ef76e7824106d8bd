/// The wall clock against the steady one.
#include "gateway/clock_guard.hpp"

#include <gtest/gtest.h>

namespace {
using namespace std::chrono_literals;
using gateway::clock_guard;
constexpr gateway::instant noon = 1'764'072'000'000;

struct watched {
    clock_guard guard;
    clock_guard::steady::time_point at{clock_guard::steady::now()};
    gateway::instant wall{noon};
    std::int64_t pass(std::chrono::milliseconds steady, std::int64_t wall_ms) {
        at += steady;
        wall += wall_ms;
        return guard.step(wall, at);
    }
};

TEST(ClockGuard, AClockThatRunsIsNoStep) {
    watched w;
    EXPECT_EQ(w.guard.step(w.wall, w.at), 0);
    EXPECT_EQ(w.pass(200ms, 200), 0);
    EXPECT_EQ(w.pass(3600s, 3'600'000), 0);
    EXPECT_EQ(w.pass(200ms, 4200), 0);  // slewed, or the process was stopped for a moment
    EXPECT_FALSE(w.guard.settling(w.at));
}
TEST(ClockGuard, AStepEitherWayHoldsTheSweepForAWhile) {
    for (std::int64_t seconds : {-7200, 7200, 86'400 * 3}) {
        watched w;
        (void)w.guard.step(w.wall, w.at);
        EXPECT_EQ(w.pass(1000ms, 1000 + seconds * 1000), seconds);
        EXPECT_TRUE(w.guard.settling(w.at));
        EXPECT_EQ(w.pass(clock_guard::patience, 600'000), 0);
        EXPECT_FALSE(w.guard.settling(w.at));
    }
}
TEST(ClockGuard, AStartIsNotALongRun) {
    watched w;
    (void)w.guard.step(w.wall, w.at);
    EXPECT_FALSE(w.guard.long_running(w.at));
    EXPECT_TRUE(w.guard.long_running(w.at + clock_guard::patience));
}
}  // namespace
