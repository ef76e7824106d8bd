/// A whole store moves to another, between engines and back.
#include "gateway/store/copy.hpp"

#include <algorithm>

#include "every_state.hpp"
#include "gateway/store/unfinished.hpp"
#include "gateway/store/utf8.hpp"

namespace {
std::string const seal_key(32, 's');

struct road {
    char const *name, *from, *to;
};
std::unique_ptr<place> place_of(char const* engine) {
    return std::string_view(engine) == "Sqlite" ? sqlite_place() : postgresql_place();
}

std::string road_name(testing::TestParamInfo<road> const& info) { return info.param.name; }

class Copy : public testing::TestWithParam<road> {
protected:
    void SetUp() override {
        from_ = place_of(GetParam().from);
        to_ = place_of(GetParam().to);
        if (!from_ || !to_) GTEST_SKIP() << "no PostgreSQL: run this through tests/postgresql.py";
        fill_every_state(*from_->open());
    }
    std::vector<gateway::transferred> copy(gateway::tell_progress const& tell = {}) {
        auto silent = [](gateway::transfer_progress const&) {};
        return gateway::copy_store(from_->engine(), to_->engine(), seal_key, tell ? tell : silent);
    }
    static std::vector<std::string> all_of(place const& p) { return everything(*p.direct()); }
    /// As the target should have them: texts are text, nothing is leased.
    std::vector<std::string> expected() const {
        auto out = all_of(*from_);
        for (auto& line : out) {
            line = gateway::sql::plain_text(line);
            auto leased = line.find("|leased|{");
            if (leased == std::string::npos) continue;
            line.replace(leased, 8, "|queued|");
            auto until = line.find("|h|10001500|");
            EXPECT_NE(until, std::string::npos) << line;
            line.replace(until, 12, "||0|");
        }
        std::sort(out.begin(), out.end());
        return out;
    }
    std::unique_ptr<place> from_, to_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Copy,
                         testing::Values(road{"SqliteToPostgresql", "Sqlite", "Postgresql"},
                                         road{"PostgresqlToSqlite", "Postgresql", "Sqlite"},
                                         road{"SqliteToSqlite", "Sqlite", "Sqlite"}),
                         road_name);

struct stopped {};
}  // namespace

TEST_P(Copy, BringsEveryRowAndLeavesTheSourceAsItWas) {
    (void)from_
        ->open();  // an embedded store gives its leases back here: both are what a gateway left
    auto before = all_of(*from_);
    auto said = copy();
    EXPECT_EQ(all_of(*from_), before);
    EXPECT_EQ(all_of(*to_), expected());
    ASSERT_EQ(said.size(), 8U);
    EXPECT_EQ(said[0].rows, 6);
    EXPECT_EQ(said[1].rows, 12);
    EXPECT_EQ(said[2].rows, 12);
}
TEST_P(Copy, TheTargetGoesOnWhereTheSourceStood) {
    auto account = from_->open()->verify_ledger();
    copy();
    auto st = to_->open();
    auto report = st->verify_ledger();
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.head, account.head);
    EXPECT_EQ(report.events, account.events);
    auto waiting = st->take("next", 10'000'000, 1000, 100, {});
    ASSERT_FALSE(waiting.empty());
    bool pinned = false;
    for (auto const& l : waiting) pinned = pinned || (l.fixed.contains("sent") && l.fence >= 2);
    EXPECT_TRUE(pinned) << "what was sent already would be sent under other ids";
    for (auto const& l : waiting)
        for (auto const& d : st->documents(l.submission)) EXPECT_FALSE(d.bytes.empty());
    // Numbers that the engine gives itself do not meet those that came.
    auto later = make("later", "later|dmp|");
    st->commit(later, {});
    auto l = st->take("next", 10'000'000, 1000, 100, {}).at(0);
    EXPECT_EQ(l.submission, later.id);
    st->settle(l, ends(gateway::delivery_state::delivered));
    EXPECT_EQ(st->list({}, 1).at(0).id, later.deliveries[0].id);
    EXPECT_EQ(st->commit(make("queued"), {}).what, gateway::commit_result::kind::repeated);
}
TEST_P(Copy, ThereAndBackIsTheSame) {
    copy();
    auto third = place_of(GetParam().from);
    gateway::copy_store(to_->engine(), third->engine(), seal_key,
                        [](gateway::transfer_progress const&) {});
    EXPECT_EQ(all_of(*third), all_of(*to_));
}
TEST_P(Copy, OneThatIsInterruptedIsTakenForWholeByNobodyAndStartsOver) {
    for (std::string_view part : {"submission", "document", "attempt", "ledger_head", "verify"}) {
        EXPECT_THROW(copy([&](gateway::transfer_progress const& p) {
                         if (p.part == part) throw stopped{};
                     }),
                     stopped);
        EXPECT_THROW((void)to_->open(), gateway::store_unavailable) << part;
    }
    copy();
    EXPECT_EQ(all_of(*to_), expected());
    EXPECT_TRUE(to_->open()->verify_ledger().valid);
}
TEST_P(Copy, ATargetThatIsNotEmptyIsLeftAlone) {
    to_->open()->record({"config.loaded", "liaison", {}}, 1);
    auto before = all_of(*to_);
    EXPECT_THROW(copy(), gateway::transfer_refused);
    EXPECT_EQ(all_of(*to_), before);
    EXPECT_TRUE(to_->open()->verify_ledger().valid);
}
TEST_P(Copy, AGatewayOnEitherSideIsNotPassedOver) {
    {
        auto running = from_->open();
        EXPECT_THROW(copy(), gateway::store_in_use);
    }
    {
        auto running = to_->open();
        EXPECT_THROW(copy(), gateway::store_in_use);
    }
    copy([&](gateway::transfer_progress const& p) {
        if (p.part != "ledger") return;
        EXPECT_THROW((void)from_->open(), gateway::store_in_use);
        EXPECT_THROW((void)to_->open(), gateway::store_in_use);
    });
    EXPECT_TRUE(to_->open()->verify_ledger().valid);
}
TEST_P(Copy, AnAlteredAccountIsFoundAndTheTargetIsNotTakenForWhole) {
    from_->direct()->run("UPDATE ledger SET actor='mallory' WHERE seq=2");
    EXPECT_THROW(copy(), gateway::transfer_refused);
    EXPECT_THROW((void)to_->open(), gateway::store_unavailable);
}
TEST_P(Copy, ASourceOfAnotherVersionIsRefused) {
    from_->keeper(gateway::sql::shipped_schema).move(1);
    EXPECT_THROW(copy(), gateway::transfer_refused);
}
TEST(TableDigest, SeesEachValueAndNoOrder) {
    auto const& t = gateway::sql::table_named("attempt");
    gateway::sql::row a{std::int64_t{1}, "d", std::int64_t{2}, "failed", "451"}, b = a;
    b[0] = std::int64_t{2};
    auto digest = [&](std::vector<gateway::sql::row> const& rows) {
        gateway::sql::table_digest out;
        for (auto const& r : rows) out.add(t, r, {});
        return out.hex();
    };
    EXPECT_EQ(digest({a, b}), digest({b, a}));
    auto c = b;
    c[4] = "45";
    EXPECT_NE(digest({a, b}), digest({a, c}));
    EXPECT_NE(digest({a, b}), digest({a, b, b}));
    EXPECT_NE(digest({a}), digest({}));
}
