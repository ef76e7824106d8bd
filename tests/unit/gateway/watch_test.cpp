/// When something counts as short.
#include "gateway/watch.hpp"

#include <gtest/gtest.h>

namespace {
using gateway::judge_left;
using gateway::judge_used;

TEST(Watch, ReadinessEndsBeforeIntakeCloses) {
    EXPECT_FALSE(judge_left("disk", 2000, 1000));
    EXPECT_FALSE(judge_left("disk", 1999, 1000)->closes_intake);
    EXPECT_FALSE(judge_left("disk", 1000, 1000)->closes_intake);
    EXPECT_TRUE(judge_left("disk", 999, 1000)->closes_intake);
    EXPECT_FALSE(judge_used("queue", 900, 1000));
    EXPECT_FALSE(judge_used("queue", 901, 1000)->closes_intake);
    EXPECT_FALSE(judge_used("queue", 1000, 1000)->closes_intake);
    EXPECT_TRUE(judge_used("queue", 1001, 1000)->closes_intake);
}
TEST(Watch, SmallAndHugeNumbersAreJudgedAlike) {
    auto huge = std::numeric_limits<std::uint64_t>::max();
    EXPECT_TRUE(judge_used("queue", 3, 2)->closes_intake);
    EXPECT_FALSE(judge_used("queue", 2, 2));
    EXPECT_TRUE(judge_used("queue", 1, 0)->closes_intake);
    EXPECT_TRUE(judge_used("descriptors", huge, 1024)->closes_intake);
    EXPECT_FALSE(judge_used("memory", 1, huge));
    EXPECT_FALSE(judge_left("disk", huge, 1U << 28));
    EXPECT_FALSE(judge_left("disk", 0, 0));
}
}  // namespace
