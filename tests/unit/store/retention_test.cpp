/// Contents are purged when their time is over, and nothing else; on each engine.
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "certs/digest.hpp"
#include "every_state.hpp"
#include "gateway/clock.hpp"
#include "gateway/store/schema.hpp"
#include "gateway/store/tables.hpp"

using gateway::delivery_state;

namespace {
class Retention : public OnEachEngine {
protected:
    /// Committed, and each of its deliveries brought to an end at 2000.
    gateway::submission ended(std::string const& key, delivery_state to) {
        auto s = make(key, key + "|dmp|", 2);
        store_->commit(s, {});
        for (auto const& l : store_->take("h", 1500, 1000, 10, {})) store_->settle(l, ends(to));
        return s;
    }
    std::int64_t number(std::string const& sql) {
        auto db = place_->direct();
        gateway::sql::statement one(*db, sql);
        EXPECT_TRUE(one.step());
        return one.number();
    }
};
INSTANTIATE_TEST_SUITE_P(Engine, Retention, each_engine, engine_name);
}  // namespace

TEST_P(Retention, ContentsGoWhenEveryDeliveryHasBeenFinalForLong) {
    auto& st = open();
    auto done = ended("done", delivery_state::delivered);
    auto failed = ended("failed", delivery_state::failed);
    auto waiting = make("waiting", "waiting|dmp|", 2);
    st.commit(waiting, {});
    // One of two is final.
    auto l = st.take("h", 1500, 1000, 1, {}).at(0);
    st.settle(l, ends(delivery_state::delivered));
    EXPECT_TRUE(st.purge(1999, 9000, 10).empty());
    auto gone = st.purge(2000, 9000, 10);
    EXPECT_EQ(std::set(gone.begin(), gone.end()), (std::set{done.id, failed.id}));
    EXPECT_TRUE(st.purge(2000, 9001, 10).empty());
    EXPECT_THROW((void)st.documents(done.id), gateway::content_purged);
    EXPECT_EQ(st.documents(waiting.id).at(0).bytes, "<cda/>");
    EXPECT_EQ(st.view(waiting.id)->purged_at, 0);
    auto view = st.view(failed.id).value();
    EXPECT_EQ(view.purged_at, 9000);
    EXPECT_EQ(view.state, "failed");
    EXPECT_EQ(view.documents.at(0).sha256, certs::sha256_hex("<cda/>"));
    EXPECT_EQ(view.deliveries.at(0).attempts.size(), 1U);
    EXPECT_EQ(view.deliveries.at(0).receipts.size(), 1U);
    int events = 0;
    open().read_ledger([&](gateway::ledger_event const& e) {
        if (e.type != "content.purged") return;
        ++events;
        EXPECT_EQ(e.fields.size(), 1U) << "ids alone";
        EXPECT_TRUE(e.fields.at("submission") == done.id || e.fields.at("submission") == failed.id);
    });
    EXPECT_EQ(events, 2);
    EXPECT_TRUE(store_->verify_ledger().valid);
}
TEST_P(Retention, ASecondHandoverOfWhatWasPurgedIsStillTheFirst) {
    auto& st = open();
    auto s = ended("a", delivery_state::delivered);
    ASSERT_EQ(st.purge(2000, 9000, 10).size(), 1U);
    auto said = st.commit(make("a"), {});
    EXPECT_EQ(said.what, gateway::commit_result::kind::repeated);
    EXPECT_EQ(said.id, s.id);
}
TEST_P(Retention, AFailedDeliveryIsRetriedOnlyWhileItsContentIsThere) {
    auto& st = open();
    auto s = ended("a", delivery_state::failed);
    ASSERT_TRUE(st.retry(s.deliveries[0].id, "anne", 5000));
    EXPECT_TRUE(st.purge(8000, 9000, 10).empty()) << "it is on its way again";
    auto again = ends(delivery_state::failed);
    again.at = 6000;
    st.settle(st.take("h", 5000, 1000, 1, {}).at(0), again);
    EXPECT_TRUE(st.purge(5999, 9000, 10).empty()) << "its time starts anew";
    ASSERT_EQ(st.purge(6000, 9000, 10).size(), 1U);
    EXPECT_FALSE(st.retry(s.deliveries[0].id, "anne", 9500));
    EXPECT_FALSE(st.retry(s.deliveries[1].id, "anne", 9500));
    EXPECT_EQ(st.delivery(s.deliveries[0].id)->state, delivery_state::failed);
    EXPECT_TRUE(st.take("h", 99'000, 1000, 10, {}).empty());
}
TEST_P(Retention, WhatExpiredOrWasCancelledCountsFromThenOn) {
    auto& st = open();
    auto s = make("a", "a|dmp|", 2);
    for (auto& d : s.deliveries) d.expires_at = 4000;
    st.commit(s, {});
    st.cancel(s.deliveries[0].id, "anne", "wrong patient", 3000);
    EXPECT_TRUE(st.purge(3500, 9000, 10).empty());
    ASSERT_EQ(st.expire(4500, 10, true).size(), 1U);
    EXPECT_TRUE(st.purge(4499, 9000, 10).empty());
    EXPECT_EQ(st.purge(4500, 9000, 10).size(), 1U);
}
TEST_P(Retention, WhatItsEmitterMendedAfterAPurgeIsThereAgain) {
    auto& st = open();
    auto s = make("a");
    st.commit(s, {});
    auto damaged = ends(delivery_state::failed);
    damaged.reason = std::string(gateway::damaged_mark) + "document 1";
    st.settle(st.take("h", 1500, 1000, 1, {}).at(0), damaged);
    ASSERT_EQ(st.purge(2000, 9000, 10).size(), 1U);
    auto again = make("a");
    again.received_at = 10'000;
    EXPECT_EQ(st.commit(again, {}).id, s.id);
    EXPECT_EQ(st.documents(s.id).at(0).bytes, "<cda/>");
    EXPECT_TRUE(st.purge(99'000, 99'000, 10).empty()) << "it is on its way";
    EXPECT_EQ(st.take("h", 10'000, 1000, 1, {}).size(), 1U);
}
TEST_P(Retention, AStepIsSmallInNumberAndInBytes) {
    auto& st = open();
    for (int i = 0; i < 5; ++i) ended(std::to_string(i), delivery_state::delivered);
    EXPECT_EQ(st.purge(2000, 9000, 2).size(), 2U);
    EXPECT_EQ(st.purge(2000, 9000, 2).size(), 2U);
    EXPECT_EQ(st.purge(2000, 9000, 2).size(), 1U);
    for (int i = 0; i < 3; ++i) {
        auto s = make("large" + std::to_string(i), "large" + std::to_string(i), 1);
        s.documents[0].bytes.assign(5U << 20, 'x');
        s.documents[0].size = s.documents[0].bytes.size();
        st.commit(s, {});
        st.settle(st.take("h", 1500, 1000, 1, {}).at(0), ends(delivery_state::delivered));
    }
    EXPECT_EQ(st.purge(2000, 9000, 10).size(), 1U);
    EXPECT_EQ(st.purge(2000, 9000, 10).size(), 1U);
}
TEST_P(Retention, WhatEndedBeforeTheUpgradeKeepsItsContentForItsTime) {
    auto before = gateway::now();
    (void)gateway::open_store(place_->engine(gateway::sql::shipped_schema.first(3)),
                              {std::string(32, 'k'), std::string(32, 's'), "production"});
    {
        auto db = place_->direct();
        db->run(
            "INSERT INTO submission VALUES('done','dpi','smtp',1,'k','d','','{}'),"
            "('waiting','dpi','smtp',1,'l','d','','{}');"
            "INSERT INTO delivery(id,submission,kind,address,order_key,state,fixed,next_at,"
            "expires_at) VALUES('1','done','dmp','','o','delivered','{}',0,0),"
            "('2','waiting','dmp','','p','deferred','{}',0,0)");
    }
    open();
    store_.reset();
    EXPECT_EQ(number("SELECT ended_at FROM submission WHERE id='waiting'"), 0);
    EXPECT_GE(number("SELECT ended_at FROM submission WHERE id='done'"), before - 1000);
}
TEST_P(Retention, SeveralPurgeBesideEachOtherAndEachContentGoesOnce) {
    open();
    for (int i = 0; i < 30; ++i) ended(std::to_string(i), delivery_state::delivered);
    std::unique_ptr<gateway::store> second;
    if (!place_->exclusive()) second = place_->open();
    std::array<std::size_t, 4> gone{};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < gone.size(); ++t)
        threads.emplace_back([&, t] {
            auto& st = second && t % 2 == 1 ? *second : *store_;
            for (;;) {
                auto n = st.purge(2000, 9000, 3).size();
                gone[t] += n;
                if (n == 0) return;
            }
        });
    for (auto& t : threads) t.join();
    EXPECT_EQ(gone[0] + gone[1] + gone[2] + gone[3], 30U);
    int events = 0;
    store_->read_ledger(
        [&](gateway::ledger_event const& e) { events += e.type == "content.purged" ? 1 : 0; });
    EXPECT_EQ(events, 30);
    EXPECT_TRUE(store_->verify_ledger().valid);
}

namespace {
class SqliteRetention : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string file() const { return (folder_ / "s.sqlite").string(); }
    std::unique_ptr<gateway::store> open() const {
        return gateway::open_store(gateway::sqlite_engine(file()),
                                   {std::string(32, 'k'), std::string(32, 's'), "production"});
    }
    void fill(gateway::store& st, std::string const& key) const {
        for (int i = 0; i < 10; ++i) {
            auto s = make(key + std::to_string(i), key + std::to_string(i), 1);
            s.documents[0].bytes.assign(400'000, 'x');
            st.commit(s, {});
            st.settle(st.take("h", 1500, 1000, 1, {}).at(0), ends(delivery_state::delivered));
        }
    }
    void checkpoint() const {
        gateway::sql::open_sqlite_database(file(), gateway::sql::access::write)
            ->run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) / ("retention_" + certs::uuid());
};
}  // namespace

TEST_F(SqliteRetention, TheRoomOfWhatWasPurgedIsUsedAgain) {
    fill(*open(), "a");
    checkpoint();
    auto size = std::filesystem::file_size(file());
    ASSERT_EQ(open()->purge(2000, 9000, 100).size(), 10U);
    fill(*open(), "b");
    checkpoint();
    EXPECT_LT(std::filesystem::file_size(file()), size + 200'000);
}
TEST_F(SqliteRetention, WhatWasPurgedIsOverwrittenOnDisk) {
    fill(*open(), "a");
    std::string sealed;
    {
        auto db = gateway::sql::open_sqlite_database(file(), gateway::sql::access::write);
        gateway::sql::statement one(*db, "SELECT content FROM document LIMIT 1");
        ASSERT_TRUE(one.step());
        sealed = one.text();
    }
    checkpoint();
    auto on_disk = [&](std::string const& piece) {
        std::ostringstream all;
        all << std::ifstream(file(), std::ios::binary).rdbuf();
        return all.str().find(piece) != std::string::npos;
    };
    auto key = sealed.substr(0, 60), end = sealed.substr(sealed.size() - 60);
    ASSERT_TRUE(on_disk(key) && on_disk(end));
    open()->purge(2000, 9000, 100);
    checkpoint();
    EXPECT_FALSE(on_disk(key));
    EXPECT_FALSE(on_disk(end));
}
