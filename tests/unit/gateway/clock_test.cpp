#include "gateway/clock.hpp"

#include <gtest/gtest.h>

TEST(Clock, WritesOneInstantInItsThreeForms) {
    gateway::instant at = 1768469465123;
    EXPECT_EQ(gateway::iso8601(at), "2026-01-15T09:31:05.123Z");
    EXPECT_EQ(gateway::xds_time(at), "20260115093105");
    EXPECT_EQ(gateway::rfc5322_date(at), "Thu, 15 Jan 2026 09:31:05 +0000");
}
TEST(Clock, ReadsDatesAndTimes) {
    EXPECT_EQ(gateway::parse_iso8601("2026-01-15T09:31:05Z"), 1768469465000);
    EXPECT_EQ(gateway::parse_iso8601("1970-01-02"), 86'400'000);
    EXPECT_FALSE(gateway::parse_iso8601("15/01/2026"));
    EXPECT_FALSE(gateway::parse_iso8601("2026-01-15Tnoon"));
}
TEST(Clock, FreshOidsFitXdsAndDiffer) {
    auto a = gateway::fresh_oid();
    EXPECT_TRUE(a.starts_with("2.25."));
    EXPECT_LE(a.size(), 64U);
    EXPECT_NE(a[5], '0');
    EXPECT_NE(a, gateway::fresh_oid());
}
