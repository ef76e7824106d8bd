#include <sqlite3.h>

#include <thread>

#include "gateway/store/vault.hpp"
#include "store_sample.hpp"

using gateway::commit_result;
using gateway::delivery_state;

namespace {
gateway::settlement ends(delivery_state to, gateway::instant next = 0) {
    gateway::settlement s;
    s.to = to;
    s.at = 2000;
    s.next_attempt_at = next;
    s.peer = "peer says";
    s.reason = to == delivery_state::failed ? "550 no such mailbox" : "";
    s.receipts = {{"smtp.reply", 2000, "250 ok"}};
    return s;
}
}  // namespace

class Store : public StoreFolder {
protected:
    void sql(char const* text) {
        store_.reset();
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open((folder_ / "s.sqlite").c_str(), &db), SQLITE_OK);
        ASSERT_EQ(sqlite3_exec(db, text, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }
};

TEST_F(Store, GivesBackWhatWasCommittedByteForByteAfterReopening) {
    auto s = make("a");
    s.asked.recipients = {"dr.x@cabinet.example"};
    s.documents[0].bytes = std::string("\0\r\n\xff<cda/>", 10);
    open().commit(s, {});
    auto& again = open();
    EXPECT_EQ(again.documents(s.id).at(0).bytes, s.documents[0].bytes);
    EXPECT_EQ(again.load(s.id)->asked.recipients, s.asked.recipients);
    EXPECT_EQ(again.view(s.id)->state, "accepted");
    EXPECT_FALSE(again.view("unknown"));
}
TEST_F(Store, TheSameHandoverTwiceHasOneEffect) {
    auto& st = open();
    auto first = make("a"), second = make("a");
    EXPECT_EQ(st.commit(first, {}).what, commit_result::kind::stored);
    auto repeated = st.commit(second, {});
    EXPECT_EQ(repeated.what, commit_result::kind::repeated);
    EXPECT_EQ(repeated.id, first.id);
    EXPECT_EQ(st.list({}, 10).size(), 1U);
}
TEST_F(Store, TheSameKeyWithAnotherContentIsAConflict) {
    auto& st = open();
    st.commit(make("a"), {});
    auto other = make("a");
    other.request_digest = "another";
    EXPECT_EQ(st.commit(other, {}).what, commit_result::kind::conflict);
}
TEST_F(Store, DeliveriesOfOneSetGoOneAtATimeAndInOrder) {
    auto& st = open();
    auto first = make("a"), second = make("b");
    st.commit(first, {});
    st.commit(second, {});
    auto got = st.take("h", 1500, 1000, 10, {});
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].submission, first.id);
    EXPECT_TRUE(st.take("h", 1500, 1000, 10, {}).empty());
    EXPECT_TRUE(st.settle(got[0], ends(delivery_state::deferred, 5000)));
    EXPECT_TRUE(st.take("h", 1600, 1000, 10, {}).empty()) << "the second overtook a waiting first";
    auto retried = st.take("h", 5000, 1000, 10, {});
    ASSERT_EQ(retried.size(), 1U);
    EXPECT_EQ(retried[0].attempts, 1);
    st.settle(retried[0], ends(delivery_state::delivered));
    EXPECT_EQ(st.take("h", 5000, 1000, 10, {}).at(0).submission, second.id);
}
TEST_F(Store, AnExpiredLeaseGoesToAnotherAndTheFirstHolderCanNoLongerWrite) {
    auto& st = open();
    st.commit(make("a"), {});
    auto slow = st.take("one", 1500, 1000, 1, {}).at(0);
    EXPECT_TRUE(st.take("two", 2400, 1000, 1, {}).empty());
    auto fast = st.take("two", 2600, 1000, 1, {}).at(0);
    EXPECT_FALSE(st.settle(slow, ends(delivery_state::failed)));
    EXPECT_FALSE(st.pin(slow, {}));
    EXPECT_FALSE(st.renew(slow, 2700, 1000));
    EXPECT_TRUE(st.settle(fast, ends(delivery_state::delivered)));
}
TEST_F(Store, AReopenedStoreGivesTheLeasesOfTheDeadProcessBackAtOnce) {
    open().commit(make("a"), {});
    ASSERT_EQ(store_->take("one", 1500, 1'000'000, 1, {}).size(), 1U);
    EXPECT_EQ(open().take("two", 1501, 1000, 1, {}).size(), 1U);
}
TEST_F(Store, BlockedKindsAreLeft) {
    auto& st = open();
    st.commit(make("a"), {});
    EXPECT_TRUE(st.take("h", 1500, 1000, 10, {"dmp"}).empty());
}
TEST_F(Store, PinnedIdsComeBackWithTheNextLease) {
    auto& st = open();
    st.commit(make("a"), {});
    auto l = st.take("h", 1500, 1000, 1, {}).at(0);
    EXPECT_TRUE(st.pin(l, {{"lotId", "2.25.1"}, {"sent", "1"}}));
    EXPECT_EQ(open().take("h", 1600, 1000, 1, {}).at(0).fixed.at("sent"), "1");
}
TEST_F(Store, OneFailedDeliveryMakesTheSubmissionFailedAndOwesTheEmitterANotice) {
    auto& st = open();
    auto s = make("a", "set|dmp|", 2);
    st.commit(s, {});
    auto both = st.take("h", 1500, 1000, 10, {});
    ASSERT_EQ(both.size(), 2U);
    st.settle(both[0], ends(delivery_state::failed));
    st.settle(both[1], ends(delivery_state::delivered));
    EXPECT_EQ(st.view(s.id)->state, "failed");
    auto owed = st.take_notices(3000, 100, 10);
    ASSERT_EQ(owed.size(), 1U);
    st.notice_done(owed[0].delivery, false, "451 later", 3000, 9000);
    EXPECT_TRUE(st.take_notices(8000, 100, 10).empty());
    EXPECT_EQ(st.take_notices(9000, 100, 10).at(0).attempts, 1);
    st.notice_done(owed[0].delivery, true, "250 ok", 9000, 0);
    EXPECT_TRUE(st.take_notices(10'000, 100, 10).empty());
}
TEST_F(Store, CancelTakesWaitingDeliveriesOnlyAndRetryTakesFailedOnes) {
    auto& st = open();
    auto s = make("a");
    st.commit(s, {});
    auto l = st.take("h", 1500, 1000, 1, {}).at(0);
    EXPECT_FALSE(st.cancel(l.delivery, "anne", "wrong patient", 1600));
    st.settle(l, ends(delivery_state::failed));
    EXPECT_TRUE(st.retry(l.delivery, "anne", 1700));
    EXPECT_TRUE(st.cancel(l.delivery, "anne", "wrong patient", 1800));
    EXPECT_FALSE(st.retry(l.delivery, "anne", 1900));
    EXPECT_EQ(st.delivery(l.delivery)->reason, "wrong patient");
    EXPECT_EQ(st.view(s.id)->state, "done");
}
TEST_F(Store, CommitsFromManyThreadsAllStandAndTheLedgerIsWhole) {
    auto& st = open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20; ++i) {
                auto name = std::to_string(t) + "." + std::to_string(i);
                st.commit(make(name, name), {{"submission.accepted", "dpi", {{"n", name}}}});
            }
        });
    for (auto& t : threads) t.join();
    EXPECT_EQ(st.counts().at("queued"), 160);
    auto report = st.verify_ledger();
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.events, 160);
}
TEST_F(Store, ASecondProcessIsRefused) {
    open();
    EXPECT_THROW((void)gateway::open_sqlite(options()), gateway::store_unavailable);
}
TEST_F(Store, AContentThatWasAlteredIsNamedAndNotDelivered) {
    auto s = make("a");
    open().commit(s, {});
    sql("UPDATE document SET content=substr(content,1,length(content)-1)||x'00'");
    EXPECT_THROW((void)open().documents(s.id), gateway::content_corrupt);
}
TEST_F(Store, ContentsAreNotReadableOnDisk) {
    auto s = make("a");
    s.documents[0].bytes = "a word nobody else would write: zanzibar";
    open().commit(s, {});
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    std::string found;
    for (auto const& f : std::filesystem::directory_iterator(folder_)) {
        std::FILE* in = std::fopen(f.path().c_str(), "rb");
        ASSERT_NE(in, nullptr);
        char chunk[65536];
        for (std::size_t n = 0; (n = std::fread(chunk, 1, sizeof chunk, in)) > 0;)
            found.append(chunk, n);
        std::fclose(in);
    }
    EXPECT_EQ(found.find("zanzibar"), std::string::npos);
    EXPECT_NE(found.find("11490-0"), std::string::npos);
}

class Ledger : public Store {
protected:
    void SetUp() override {
        Store::SetUp();
        for (int i = 0; i < 5; ++i)
            (store_ ? *store_ : open()).record({"test", "anne", {{"n", std::to_string(i)}}}, i);
        ASSERT_TRUE(store_->verify_ledger().valid);
    }
    std::int64_t bad_after(char const* text) {
        sql(text);
        auto report = open().verify_ledger();
        EXPECT_FALSE(report.valid);
        EXPECT_FALSE(report.reason.empty());
        return report.bad_sequence;
    }
};
TEST_F(Ledger, FindsAnAlteredEvent) {
    EXPECT_EQ(bad_after("UPDATE ledger SET fields='{}' WHERE seq=3"), 3);
}
TEST_F(Ledger, FindsARemovedEvent) { EXPECT_EQ(bad_after("DELETE FROM ledger WHERE seq=2"), 2); }
TEST_F(Ledger, FindsARemovedTail) { EXPECT_EQ(bad_after("DELETE FROM ledger WHERE seq=5"), 5); }
TEST_F(Ledger, FindsReorderedEvents) {
    EXPECT_EQ(bad_after("UPDATE ledger SET seq=-1 WHERE seq=2; UPDATE ledger SET seq=2 WHERE "
                        "seq=3; UPDATE ledger SET seq=3 WHERE seq=-1"),
              2);
}
TEST_F(Ledger, FindsATailCutTogetherWithItsHead) {
    EXPECT_EQ(bad_after("DELETE FROM ledger WHERE seq=5; UPDATE ledger_head SET seq=4, "
                        "hash=(SELECT hash FROM ledger WHERE seq=4)"),
              4);
}
TEST_F(Ledger, AnEmptyAccountWithAHeadIsNotValid) { EXPECT_EQ(bad_after("DELETE FROM ledger"), 1); }

TEST(Vault, AContentCannotStandInForAnother) {
    gateway::vault v(std::string(32, 'k'));
    auto sealed = v.seal("one", "clear");
    EXPECT_EQ(v.open("one", sealed), "clear");
    EXPECT_THROW((void)v.open("two", sealed), gateway::content_corrupt);
    EXPECT_THROW((void)gateway::vault(std::string(32, 'x')).open("one", sealed),
                 gateway::content_corrupt);
    for (std::size_t n = 0; n < sealed.size(); ++n)
        EXPECT_THROW((void)v.open("one", sealed.substr(0, n)), gateway::content_corrupt);
}
