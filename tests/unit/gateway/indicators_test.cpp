#include "gateway/indicators/indicators.hpp"

#include <gtest/gtest.h>

#include "gateway/clock.hpp"

namespace {
using namespace gateway;

ledger_event delivered(std::int64_t sequence, std::string const& kind, std::string const& type,
                       std::string const& set, std::string const& at = "2026-03-01T10:00:00Z") {
    ledger_event e;
    e.sequence = sequence;
    e.at = *parse_iso8601(at);
    e.type = "delivery.delivered";
    e.fields = {{"kind", kind},
                {"typeCode", type},
                {"setId", set},
                {"uniqueId", set + ".1"},
                {"delivery", "d" + std::to_string(sequence)},
                {"insStatus", "qualified"},
                {"environment", "production"},
                {"scope", "external"},
                {"operation", "create"}};
    return e;
}
std::map<std::string, std::size_t> count(std::vector<ledger_event> const& events,
                                         indicators::window w = {}) {
    indicators::account a(indicators::shipped(), w, "production");
    for (auto const& e : events) a.take(e);
    std::map<std::string, std::size_t> out;
    for (auto const& f : a.figures()) out[f.about.id] = f.units.size();
    return out;
}

TEST(Indicators, EachDocumentTypeFeedsItsOwn) {
    auto n = count({delivered(1, "dmp", "11490-0", "a"), delivered(2, "dmp", "57833-6", "b"),
                    delivered(3, "dmp", "34874-8", "c"), delivered(4, "dmp", "11502-2", "d"),
                    delivered(5, "dmp", "18748-4", "e"), delivered(6, "dmp", "34112-3", "f")});
    for (auto const* id : {"sunes-v1-d1-ldl", "sunes-v1-d1-ord", "sunes-v1-d1-cro",
                           "sunes-v1-d2-bio", "sunes-v1-d3-img"})
        EXPECT_EQ(n.at(id), 1U) << id;
    EXPECT_EQ(n.at("sunes-v2-msspro"), 0U);
}
TEST(Indicators, AReplacementAndAResendCountOnce) {
    EXPECT_EQ(count({delivered(1, "dmp", "11490-0", "a"), delivered(2, "dmp", "11490-0", "a")})
                  .at("sunes-v1-d1-ldl"),
              1U);
}
TEST(Indicators, ManyColleaguesAreOneDocumentAndPatientsAreMessages) {
    auto n =
        count({delivered(1, "mssante", "11502-2", "a"), delivered(2, "mssante", "11502-2", "a"),
               delivered(3, "patient", "11502-2", "a"), delivered(4, "patient", "11502-2", "a")});
    EXPECT_EQ(n.at("sunes-v2-msspro"), 1U);
    EXPECT_EQ(n.at("sunes-v2-msscit"), 2U);
}
TEST(Indicators, WhatIsNotUsageDoesNotCount) {
    auto unqualified = delivered(1, "dmp", "11490-0", "a");
    unqualified.fields["insStatus"] = "absent";
    auto test = delivered(2, "dmp", "11490-0", "b");
    test.fields["environment"] = "test";
    auto failed = delivered(3, "dmp", "11490-0", "c");
    failed.type = "delivery.failed";
    auto removed = delivered(4, "dmp", "11490-0", "d");
    removed.fields["operation"] = "delete";
    auto inside = delivered(5, "mssante", "11490-0", "e");
    inside.fields["scope"] = "internal";
    for (auto const& [id, n] : count({unqualified, test, failed, removed, inside}))
        EXPECT_EQ(n, 0U) << id;
}
TEST(Indicators, AWindowIsWholeDaysInParis) {
    indicators::window w{*indicators::paris_midnight("2026-01-01"),
                         *indicators::paris_midnight("2026-06-30", 1)};
    auto n = [&](char const* at) {
        return count({delivered(1, "dmp", "11490-0", "a", at)}, w).at("sunes-v1-d1-ldl");
    };
    EXPECT_EQ(n("2025-12-31T22:59:59Z"), 0U);
    EXPECT_EQ(n("2025-12-31T23:00:00Z"), 1U);
    EXPECT_EQ(n("2026-06-30T21:59:59Z"), 1U);
    EXPECT_EQ(n("2026-06-30T22:00:00Z"), 0U);
}
TEST(Indicators, SummerTimeChangesOnItsDays) {
    auto hour = [](char const* date) { return *indicators::paris_midnight(date) / 3'600'000 % 24; };
    EXPECT_EQ(hour("2022-03-27"), 23);
    EXPECT_EQ(hour("2022-03-28"), 22);
    EXPECT_EQ(hour("2022-10-30"), 22);
    EXPECT_EQ(hour("2022-10-31"), 23);
    for (auto const* wrong : {"", "2026-02-30", "2026-1-1", "20260101", "2026-13-01", "abcd-ef-gh"})
        EXPECT_FALSE(indicators::paris_midnight(wrong)) << wrong;
}
TEST(Indicators, ACountComesWithTheEventsBehindIt) {
    indicators::account a(indicators::shipped(), {}, "production");
    a.take(delivered(7, "dmp", "11490-0", "a"));
    a.take(delivered(9, "dmp", "11490-0", "a"));
    EXPECT_EQ(a.figures()[0].units[0].sequence, 7);
}
TEST(Indicators, BadDefinitionsAreRefused) {
    auto one = [](std::string const& id, std::string const& types, std::string const& rest = "") {
        return "[[indicator]]\nid=\"" + id +
               "\"\nname.fr=\"x\"\nname.en=\"x\"\ndestination=\"dmp\"\ntypes=[" + types +
               "]\nonce_per=\"document\"\n" + rest;
    };
    EXPECT_NO_THROW((void)indicators::load("version=\"1\"\n" + one("x-d1-a", "\"1\"")));
    EXPECT_THROW(
        (void)indicators::load("version=\"1\"\n" + one("x-d1-a", "\"1\"") + one("x-d1-b", "\"1\"")),
        std::runtime_error);
    EXPECT_THROW((void)indicators::load(one("a", "")), std::runtime_error);
    EXPECT_THROW((void)indicators::load("version=\"1\"\n[[indicator]]\nid=\"a\"\n"),
                 std::runtime_error);
    EXPECT_THROW((void)indicators::load("version=\n"), std::runtime_error);
}
}  // namespace
