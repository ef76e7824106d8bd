/// Thousands of schedules of the queue, each drawn from its seed. LIAISON_SEEDS=n runs n of them
/// (2500 if not said), from LIAISON_FIRST_SEED on (1); LIAISON_SEED=n replays one and prints what
/// happened.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "world.hpp"

namespace {
using simulation::flaw;
using simulation::world;

std::uint64_t number(char const* name, std::uint64_t otherwise) {
    auto said = std::getenv(name);
    return said == nullptr ? otherwise : std::strtoull(said, nullptr, 10);
}

std::string replay(std::uint64_t seed, flaw wrong) {
    world w(seed, wrong);
    w.write_down();
    (void)w.run();
    return w.account();
}

struct totals {
    std::int64_t deliveries{0}, attempts{0}, resent{0}, lost_leases{0}, expired{0}, notices{0};
    void add(simulation::witness const& w) {
        deliveries += w.counts.deliveries;
        attempts += w.counts.attempts;
        resent += w.counts.resent;
        lost_leases += w.counts.lost_leases;
        expired += w.counts.expired;
        notices += w.counts.notices;
    }
};

TEST(Simulation, KeepsEveryPromiseInEverySchedule) {
    auto one = number("LIAISON_SEED", 0);
    if (one != 0) {
        world w(one, flaw::none);
        w.write_down();
        auto broken = w.run();
        std::cout << w.account();
        EXPECT_EQ(broken, "");
        return;
    }
    auto first = number("LIAISON_FIRST_SEED", 1), many = number("LIAISON_SEEDS", 2500);
    totals all;
    int shown = 0;
    for (auto seed = first; seed < first + many; ++seed) {
        world w(seed, flaw::none);
        auto broken = w.run();
        all.add(w.seen());
        if (broken.empty()) continue;
        ADD_FAILURE() << "LIAISON_SEED=" << seed << ": " << broken;
        if (shown++ == 10) break;
    }
    std::cout << many << " schedules: " << all.deliveries << " deliveries, " << all.attempts
              << " attempts, " << all.resent << " sent again, " << all.lost_leases
              << " leases lost, " << all.expired << " expired, " << all.notices << " notices\n";
    // A quiet world would prove nothing.
    EXPECT_GT(all.attempts, all.deliveries);
    if (many < 1000) return;
    EXPECT_GT(all.resent, 0);
    EXPECT_GT(all.lost_leases, 0);
    EXPECT_GT(all.expired, 0);
    EXPECT_GT(all.notices, 0);
}

TEST(Simulation, IsTheSameScheduleForTheSameSeed) {
    for (std::uint64_t seed : {1U, 2U, 3U, 4U, 5U})
        EXPECT_EQ(replay(seed, flaw::none), replay(seed, flaw::none));
}

/// Gateways, stores and peers with one mistake: some schedule must show it.
class Mistake : public testing::TestWithParam<std::pair<flaw, char const*>> {};

TEST_P(Mistake, IsNoticed) {
    std::string broken;
    std::uint64_t seed = 0;
    while (broken.empty() && seed < 2000) {
        world w(++seed, GetParam().first);
        broken = w.run();
    }
    EXPECT_NE(broken, "");
    std::cout << "seed " << seed << ": " << broken << '\n';
}

INSTANTIATE_TEST_SUITE_P(Simulation, Mistake,
                         testing::Values(std::pair{flaw::stale_lease_settles, "StaleLeaseSettles"},
                                         std::pair{flaw::own_lease_comes_back, "OwnLeaseComesBack"},
                                         std::pair{flaw::order_forgotten, "OrderForgotten"},
                                         std::pair{flaw::no_look_before_resend,
                                                   "NoLookBeforeResend"},
                                         std::pair{flaw::lease_not_checked, "LeaseNotChecked"},
                                         std::pair{flaw::outcome_dropped, "OutcomeDropped"},
                                         std::pair{flaw::clock_never_rebased, "ClockNeverRebased"},
                                         std::pair{flaw::steps_unnoticed, "StepsUnnoticed"},
                                         std::pair{flaw::notices_not_leased, "NoticesNotLeased"}),
                         [](auto const& one) { return std::string(one.param.second); });
}  // namespace
