/// From one version of the tables to another and back, with a store that is full in every state;
/// and two versions of Liaison over one database.
#include "engines.hpp"

using gateway::commit_result;
using gateway::delivery_state;
using gateway::store_unavailable;
namespace sql = gateway::sql;

namespace {
/// What a next version could bring: one that gateways of today need not know, then one that they
/// would trip over.
constexpr sql::way notes{
    "CREATE TABLE note(delivery TEXT PRIMARY KEY, words TEXT NOT NULL); "
    "ALTER TABLE delivery ADD COLUMN priority BIGINT NOT NULL DEFAULT 0; "
    "ALTER TABLE submission ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE submission DROP COLUMN origin; ALTER TABLE delivery DROP COLUMN priority; "
    "DROP TABLE note"};
constexpr sql::way renamed{"ALTER TABLE delivery RENAME COLUMN reason TO why",
                           "ALTER TABLE delivery RENAME COLUMN why TO reason"};
constexpr auto known = static_cast<std::int64_t>(sql::shipped_migrations.size());

constexpr auto with(sql::migration next) {
    std::array<sql::migration, sql::shipped_migrations.size() + 1> out{};
    std::copy(sql::shipped_migrations.begin(), sql::shipped_migrations.end(), out.begin());
    out.back() = next;
    return out;
}
constexpr auto next_version = with({notes, notes, sql::earlier::go_on});
constexpr auto breaking_version = with({renamed, renamed, sql::earlier::must_stop});

struct table {
    char const *name, *order;
    std::vector<char const*> columns;
};
/// Every column of the first version, and so of each that comes after it.
std::vector<table> const tables{
    {"submission",
     "id",
     {"id", "emitter", "channel", "received_at", "idempotency_key", "request_digest", "return_path",
      "body"}},
    {"document",
     "submission,n",
     {"submission", "n", "unique_id", "set_id", "version", "type_code", "title", "sha256",
      "ins_status", "size", "content"}},
    {"delivery",
     "seq",
     {"seq", "id", "submission", "kind", "address", "order_key", "state", "fixed", "reason",
      "next_at", "expires_at", "holder", "lease_until", "fence", "attempts"}},
    {"attempt", "rowid", {"delivery", "at", "outcome", "peer"}},
    {"receipt", "rowid", {"delivery", "kind", "at", "detail"}},
    {"notice", "delivery", {"delivery", "submission", "next_at", "attempts", "done"}},
    {"ledger", "seq", {"seq", "at", "type", "actor", "fields", "previous", "hash"}},
    {"ledger_head", "one", {"one", "seq", "hash", "seal"}}};

class Migration : public OnEachEngine {
protected:
    /// Deliveries in every state, notices owed and told, an account.
    void fill() {
        auto& st = open();
        auto hand_over = [&](char const* key) {
            auto s = make(key, std::string(key) + "|");
            st.commit(s, {{"submission.accepted", "dpi", {{"key", key}}}});
            return s;
        };
        auto settle = [&](char const* key, delivery_state to) {
            hand_over(key);
            auto l = st.take("h", 1500, 1000, 1, {}).at(0);
            ASSERT_TRUE(st.pin(l, {{"sent", "1"}, {"lotId", "2.25.9"}}));
            ASSERT_TRUE(st.settle(l, ends(to, to == delivery_state::deferred ? 9'000'000 : 0)));
        };
        settle("delivered", delivery_state::delivered);
        settle("deferred", delivery_state::deferred);
        settle("told", delivery_state::failed);
        auto told = st.take_notices(3000, 1000, 10).at(0);
        st.notice_done(told.delivery, true, "250 ok", 3100, 0);
        settle("owed", delivery_state::failed);
        auto owed = st.take_notices(5000, 1000, 10).at(0);
        st.notice_done(owed.delivery, false, "451 later", 5100, 9'000'000);
        auto cancelled = hand_over("cancelled");
        ASSERT_TRUE(st.cancel(cancelled.deliveries[0].id, "anne", "wrong patient", 1600));
        hand_over("leased");
        ASSERT_EQ(st.take("h", 1500, 1'000'000, 1, {}).size(), 1U);
        hand_over("queued");
        store_.reset();
        auto db = place_->direct();
        for (auto const* state :
             {"queued", "leased", "deferred", "delivered", "failed", "cancelled"}) {
            sql::statement in(*db, "SELECT COUNT(*) FROM delivery WHERE state=?");
            ASSERT_TRUE(in.bind(state).step());
            ASSERT_GT(in.number(), 0) << state;
        }
    }
    /// Everything that the tables of the first version hold.
    std::string all() const {
        auto db = place_->direct();
        std::string out;
        for (auto const& t : tables) {
            std::string columns;
            for (auto const* c : t.columns)
                columns += (columns.empty() ? "" : ",") + std::string(c);
            sql::statement rows(*db,
                                "SELECT " + columns + " FROM " + t.name + " ORDER BY " + t.order);
            while (rows.step()) {
                out += t.name;
                for (std::size_t i = 0; i < t.columns.size(); ++i) {
                    auto value = rows.text();
                    out += '|' + std::to_string(value.size()) + ':' + value;
                }
                out += '\n';
            }
        }
        return out;
    }
    std::unique_ptr<gateway::store> open_as(sql::schema s) const {
        return gateway::open_store(place_->engine(s),
                                   {std::string(32, 'k'), std::string(32, 's'), "production"});
    }
    void holds_and_works(gateway::store& st) {
        auto report = st.verify_ledger();
        EXPECT_TRUE(report.valid) << report.reason;
        EXPECT_GT(report.events, 7);
        auto s = make("after" + std::to_string(++handed_over_), "after|");
        EXPECT_EQ(st.commit(s, {}).what, commit_result::kind::stored);
        EXPECT_EQ(st.documents(s.id).at(0).bytes, s.documents[0].bytes);
        auto l = st.take("other", 2'000'000, 1000, 1, {}).at(0);
        EXPECT_TRUE(st.settle(l, ends(delivery_state::delivered)));
    }
    int handed_over_{0};
};
INSTANTIATE_TEST_SUITE_P(Engine, Migration, each_engine, engine_name);
}  // namespace

TEST_P(Migration, DownAndUpAgainAFullStoreIsTheSame) {
    fill();
    auto before = all();
    auto keeper = place_->keeper(sql::shipped_schema);
    EXPECT_EQ(keeper.read(), sql::mark_of(sql::shipped_schema, known));
    for (int turn = 0; turn < 2; ++turn)
        for (auto to = known; to >= 1; --to) {
            keeper.move(to);
            EXPECT_EQ(keeper.read().version, to);
            EXPECT_EQ(all(), before) << "down to " << to;
        }
    for (std::int64_t to = 1; to <= known; ++to) {
        keeper.move(to);
        EXPECT_EQ(all(), before) << "up to " << to;
    }
    holds_and_works(open());
}
TEST_P(Migration, TheNextVersionAndBackAFullStoreIsTheSame) {
    fill();
    auto before = all();
    for (auto const& later : {sql::schema{next_version}, sql::schema{breaking_version}}) {
        auto keeper = place_->keeper(later);
        keeper.move(known + 1);
        EXPECT_EQ(keeper.read(), sql::mark_of(later, known + 1));
        keeper.move(1);
        EXPECT_EQ(all(), before);
    }
    holds_and_works(open());
}
TEST_P(Migration, WhatIsBegunAndCannotBeDoneLeavesNothingBehind) {
    fill();
    auto before = all();
    constexpr sql::way broken{"ALTER TABLE delivery ADD COLUMN half BIGINT; SELECT no_such_thing()",
                              ""};
    static constexpr auto bad = with({broken, broken, sql::earlier::go_on});
    EXPECT_THROW((void)open_as(bad), store_unavailable);
    EXPECT_EQ(place_->keeper(sql::shipped_schema).read().version, known);
    EXPECT_EQ(all(), before);
    EXPECT_THROW(place_->keeper(sql::shipped_schema).move(0), store_unavailable);
    EXPECT_THROW(place_->keeper(sql::shipped_schema).move(known + 1), store_unavailable);
    EXPECT_EQ(all(), before);
    holds_and_works(open());
}
TEST_P(Migration, TheTablesStayWhileAGatewayUsesThem) {
    auto& st = open();
    auto keeper = place_->keeper(sql::shipped_schema);
    EXPECT_THROW(keeper.move(1), store_unavailable);
    EXPECT_EQ(keeper.read().version, known);
    EXPECT_EQ(st.commit(make("a"), {}).what, commit_result::kind::stored);
    store_.reset();
    keeper.move(1);
    EXPECT_EQ(keeper.read().version, 1);
    open();
    EXPECT_EQ(keeper.read().version, known) << "a gateway that starts takes them up";
}
TEST_P(Migration, AVersionThatLeavesRoomRunsUnderTheOneBefore) {
    fill();
    open_as(next_version).reset();
    ASSERT_EQ(place_->keeper(next_version).read().version, known + 1);
    holds_and_works(open());
    store_.reset();
    EXPECT_EQ(place_->keeper(next_version).read().version, known + 1) << "taken back unasked";
}
TEST_P(Migration, ADatabaseFromBeforeTheMarkIsTakenAsItIs) {
    fill();
    auto before = all();
    place_->keeper(sql::shipped_schema).move(1);
    sql(place_->exclusive() ? "DROP TABLE schema_version"
                            : "ALTER TABLE schema_version DROP COLUMN oldest");
    EXPECT_EQ(place_->keeper(sql::shipped_schema).read(), (sql::schema_mark{1, 1}));
    EXPECT_EQ(all(), before);
    holds_and_works(open());
    store_.reset();
    EXPECT_EQ(place_->keeper(sql::shipped_schema).read(), sql::mark_of(sql::shipped_schema, known));
}
TEST_P(Migration, AVersionThatLeavesNoRoomRefusesTheOneBefore) {
    fill();
    open_as(breaking_version).reset();
    try {
        open();
        FAIL();
    } catch (store_unavailable const& e) {
        EXPECT_NE(std::string(e.what()).find("newer version of Liaison"), std::string::npos);
    }
    place_->keeper(breaking_version).move(known);
    holds_and_works(open());
}

namespace {
/// Several versions at work at the same time: PostgreSQL alone.
class MixedVersions : public Migration {};
INSTANTIATE_TEST_SUITE_P(Engine, MixedVersions, testing::Values("Postgresql"), engine_name);
}  // namespace

TEST_P(MixedVersions, TheNextMigratesUnderTheOneBeforeAndBothWork) {
    fill();
    auto& old = open();
    auto next = open_as(next_version);
    for (int turn = 0; turn < 3; ++turn) {
        holds_and_works(old);
        holds_and_works(*next);
    }
    // Of the version before, one that is started now.
    auto another = place_->open();
    holds_and_works(*another);
    EXPECT_THROW(place_->keeper(next_version).move(known), store_unavailable);
}
TEST_P(MixedVersions, ABreakingVersionWaitsUntilTheOneBeforeIsGone) {
    fill();
    auto& old = open();
    EXPECT_THROW((void)open_as(breaking_version), store_unavailable);
    holds_and_works(old);
    store_.reset();
    auto next = open_as(breaking_version);
    EXPECT_THROW(open(), store_unavailable);
}
TEST_P(MixedVersions, AGatewayThatWasAwayDuringABreakingChangeStaysOut) {
    auto& old = open();
    old.commit(make("a"), {});
    // Its sessions end, and before it is back the tables have changed.
    auto db = place_->direct();
    db->run("BEGIN; SELECT pg_advisory_xact_lock(5077144710)");
    db->run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
        "datname=current_database() AND pid<>pg_backend_pid()");
    db->run("UPDATE schema_version SET version=version+1,oldest=version+1");
    db->run("COMMIT");
    EXPECT_THROW(old.commit(make("b"), {}), store_unavailable);
    db->run("UPDATE schema_version SET version=version-2,oldest=1");
    EXPECT_THROW(old.commit(make("b"), {}), store_unavailable) << "taken back under it";
    db->run("UPDATE schema_version SET version=version+1");
    EXPECT_EQ(old.commit(make("b"), {}).what, commit_result::kind::stored);
}
