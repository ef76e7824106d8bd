/// What every engine promises; each test runs on all of them.
#include <thread>

#include "certs/digest.hpp"
#include "engines.hpp"
#include "gateway/store/vault.hpp"

using gateway::commit_result;
using gateway::delivery_state;

namespace {
class Store : public OnEachEngine {};
class Ledger : public OnEachEngine {
protected:
    void SetUp() override {
        OnEachEngine::SetUp();
        if (!place_) return;
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
INSTANTIATE_TEST_SUITE_P(Engine, Store, each_engine, engine_name);
INSTANTIATE_TEST_SUITE_P(Engine, Ledger, each_engine, engine_name);
}  // namespace

TEST_P(Store, GivesBackWhatWasCommittedByteForByteAfterReopening) {
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
TEST_P(Store, TheSameHandoverTwiceHasOneEffect) {
    auto& st = open();
    auto first = make("a"), second = make("a");
    EXPECT_EQ(st.commit(first, {}).what, commit_result::kind::stored);
    auto repeated = st.commit(second, {});
    EXPECT_EQ(repeated.what, commit_result::kind::repeated);
    EXPECT_EQ(repeated.id, first.id);
    EXPECT_EQ(st.list({}, 10).size(), 1U);
}
TEST_P(Store, TheSameKeyWithAnotherContentIsAConflict) {
    auto& st = open();
    st.commit(make("a"), {});
    auto other = make("a");
    other.request_digest = "another";
    EXPECT_EQ(st.commit(other, {}).what, commit_result::kind::conflict);
}
TEST_P(Store, DeliveriesOfOneSetGoOneAtATimeAndInOrder) {
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
TEST_P(Store, AnExpiredLeaseGoesToAnotherAndTheFirstHolderCanNoLongerWrite) {
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
TEST_P(Store, ALeaseThatHasRunOutIsNotRenewed) {
    auto& st = open();
    auto first = make("a"), second = make("b");
    st.commit(first, {});
    st.commit(second, {});
    st.settle(st.take("h", 1500, 1000, 1, {}).at(0), ends(delivery_state::failed));
    auto later = st.take("one", 1500, 1000, 1, {}).at(0);
    EXPECT_TRUE(st.renew(later, 1600, 1000));
    // A person tries the earlier one again, and it is given out when the later one's lease is over.
    ASSERT_TRUE(st.retry(first.deliveries[0].id, "anne", 1700));
    EXPECT_EQ(st.take("two", 2600, 1000, 10, {}).at(0).submission, first.id);
    EXPECT_FALSE(st.renew(later, 2700, 1000)) << "two of one set at once";
}
TEST_P(Store, BlockedKindsAreLeft) {
    auto& st = open();
    st.commit(make("a"), {});
    EXPECT_TRUE(st.take("h", 1500, 1000, 10, {"dmp"}).empty());
}
TEST_P(Store, PinnedIdsComeBackWithTheNextLease) {
    auto& st = open();
    st.commit(make("a"), {});
    auto l = st.take("h", 1500, 1000, 1, {}).at(0);
    EXPECT_TRUE(st.pin(l, {{"lotId", "2.25.1"}, {"sent", "1"}}));
    EXPECT_EQ(open().take("other", 2600, 1000, 1, {}).at(0).fixed.at("sent"), "1");
}
TEST_P(Store, WhoWorksOnADeliveryIsNotGivenItAgainAndMayGiveItBack) {
    auto& st = open();
    st.commit(make("a"), {});
    st.commit(make("b", "other|dmp|"), {});
    auto l = st.take("h", 1500, 1000, 1, {}).at(0);
    // Its lease has run out, perhaps because the clock was set: it still works on it.
    for (auto const& other : st.take("h", 9000, 1000, 10, {}, {l.delivery}))
        EXPECT_NE(other.delivery, l.delivery);
    EXPECT_TRUE(st.release(l));
    EXPECT_FALSE(st.release(l));
    auto again = st.take("h", 9000, 1000, 1, {}).at(0);
    EXPECT_EQ(again.delivery, l.delivery);
    EXPECT_EQ(again.attempts, 0);
}
TEST_P(Store, WhatIsNotTakenInItsTimeFailsAndTheEmitterIsToldOnce) {
    auto& st = open();
    auto s = make("a");
    for (auto& d : s.deliveries) d.expires_at = 5000;
    st.commit(s, {});
    EXPECT_TRUE(st.expire(4999, 10, true).empty());
    EXPECT_TRUE(st.expire(5000, 10, false).empty()) << "it was never tried";
    auto ended = st.expire(5000, 10, true);
    ASSERT_EQ(ended.size(), s.deliveries.size());
    EXPECT_TRUE(st.expire(5000, 10, true).empty());
    auto d = st.delivery(ended[0].delivery).value();
    EXPECT_EQ(d.state, delivery_state::failed);
    EXPECT_TRUE(d.reason.starts_with("expired"));
    EXPECT_EQ(st.take_notices(6000, 1000, 10).size(), ended.size());
    // A person who tries again means it.
    ASSERT_TRUE(st.retry(d.id, "anne", 7000));
    EXPECT_TRUE(st.expire(8000, 10, true).empty());
    EXPECT_TRUE(st.verify_ledger().valid);
}
TEST_P(Store, AClockThatWasSetBackHoldsNothingUp) {
    auto& st = open();
    st.commit(make("a"), {});
    auto held = st.take("gone", 900'000, 1000, 1, {}).at(0);
    auto later = ends(delivery_state::deferred);
    later.next_attempt_at = 950'000;
    for (auto const& l : st.take("h", 900'000, 1000, 10, {})) st.settle(l, later);
    EXPECT_TRUE(st.take("h", 2000, 1000, 10, {}).empty());
    st.rebase(2000, 5000);
    for (auto const& l : st.take("h", 2000, 1000, 10, {})) EXPECT_NE(l.delivery, held.delivery);
    EXPECT_EQ(st.take("next", 5000, 1000, 1, {}).at(0).delivery, held.delivery);
}
TEST_P(Store, ALeaseFromBeforeAClockWasSetBackLeavesNothingBehind) {
    auto& st = open();
    auto s = make("a");
    s.received_at = 900'000;
    st.commit(s, {});
    auto held = st.take("gone", 900'000, 1000, 1, {}).at(0);
    st.rebase(2000, 5000);
    EXPECT_TRUE(st.take("next", 4999, 1000, 1, {}).empty());
    EXPECT_EQ(st.take("next", 5000, 1000, 1, {}).at(0).delivery, held.delivery);
}
TEST_P(Store, ANoticeIsNotHeldUpByAClockThatWasSetBack) {
    auto& st = open();
    auto s = make("a");
    for (auto& d : s.deliveries) d.expires_at = 900'000;
    st.commit(s, {});
    auto ended = st.expire(900'000, 10, true);
    ASSERT_FALSE(ended.empty());
    st.rebase(2000, 5000);
    EXPECT_TRUE(st.take_notices(4999, 1000, 10).empty());
    EXPECT_EQ(st.take_notices(5000, 1000, 10).size(), ended.size());
    st.rebase(4990, 5990);
    EXPECT_TRUE(st.take_notices(4990, 1000, 10).empty()) << "it is under way";
}
TEST_P(Store, OneFailedDeliveryMakesTheSubmissionFailedAndOwesTheEmitterANotice) {
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
TEST_P(Store, CancelTakesWaitingDeliveriesOnlyAndRetryTakesFailedOnes) {
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
TEST_P(Store, CommitsFromManyThreadsAllStandAndTheLedgerIsWhole) {
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
TEST_P(Store, ARetriedDeliveryWaitsForTheLaterOneThatIsUnderWay) {
    auto& st = open();
    auto first = make("a"), second = make("b");
    st.commit(first, {});
    st.commit(second, {});
    st.settle(st.take("h", 1500, 1000, 1, {}).at(0), ends(delivery_state::failed));
    auto later = st.take("h", 1500, 1000, 1, {}).at(0);
    ASSERT_EQ(later.submission, second.id);
    ASSERT_TRUE(st.retry(first.deliveries[0].id, "anne", 1600));
    EXPECT_TRUE(st.take("h", 1700, 1000, 10, {}).empty()) << "two of one set at once";
    st.settle(later, ends(delivery_state::delivered));
    EXPECT_EQ(st.take("h", 1700, 1000, 10, {}).at(0).submission, first.id);
}
TEST_P(Store, ANoticeIsGivenToOneAtATimeAndItsEndStands) {
    auto& st = open();
    st.commit(make("a"), {});
    st.settle(st.take("h", 1500, 1000, 1, {}).at(0), ends(delivery_state::failed));
    auto slow = st.take_notices(3000, 1000, 10);
    ASSERT_EQ(slow.size(), 1U);
    EXPECT_TRUE(st.take_notices(3999, 1000, 10).empty());
    auto fast = st.take_notices(4000, 1000, 10);
    ASSERT_EQ(fast.size(), 1U);
    st.notice_done(fast[0].delivery, true, "250 ok", 4100, 0);
    st.notice_done(slow[0].delivery, false, "451 later", 4200, 4300);
    EXPECT_TRUE(st.take_notices(9000, 1000, 10).empty()) << "the emitter would be told again";
    EXPECT_EQ(st.delivery(slow[0].delivery)->receipts.size(), 2U);
}
TEST_P(Store, WordsThatAreNoTextAreKeptAsTextAndTheLedgerHolds) {
    auto& st = open();
    auto s = make("a");
    s.documents[0].title = "titre \xE9t\xE9";
    st.commit(s, {{"submission.accepted", "dpi", {{"odd", std::string("\xff\0x", 3)}}}});
    auto settled = ends(delivery_state::failed);
    settled.peer = std::string("550 d\xE9sol\xE9\0", 11);
    ASSERT_TRUE(st.settle(st.take("h", 1500, 1000, 1, {}).at(0), settled));
    auto report = open().verify_ledger();
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.events, 2);
    EXPECT_TRUE(store_->view(s.id)->deliveries[0].attempts[0].peer.starts_with("550 d"));
}
TEST_P(Store, AContentCannotStandInForAnother) {
    auto a = make("a"), b = make("b");
    open().commit(a, {});
    store_->commit(b, {});
    sql(("UPDATE document SET content=(SELECT d.content FROM document d WHERE d.submission='" +
         b.id + "') WHERE submission='" + a.id + "'")
            .c_str());
    EXPECT_THROW((void)open().documents(a.id), gateway::content_corrupt);
    EXPECT_EQ(store_->documents(b.id).size(), 1U);
}
TEST_P(Store, ADamagedRowEndsFailedAndTheOthersGoOn) {
    auto kind = make("a", "a|"), fixed = make("b", "b|"), body = make("c", "c|"),
         well = make("d", "d|");
    for (auto const* s : {&kind, &fixed, &body, &well}) open().commit(*s, {});
    sql(("UPDATE delivery SET kind='dm\x07' WHERE submission='" + kind.id + "'").c_str());
    sql(("UPDATE delivery SET fixed='{\"a' WHERE submission='" + fixed.id + "'").c_str());
    sql(("UPDATE submission SET body='' WHERE id='" + body.id + "'").c_str());
    auto& st = open();
    EXPECT_TRUE(st.expire(1500, 10, true).empty());
    std::vector<std::string> taken;
    for (auto const& l : st.take("h", 1500, 1000, 10, {})) taken.push_back(l.submission);
    EXPECT_EQ(taken, (std::vector{body.id, well.id}));
    for (auto const* s : {&kind, &fixed}) {
        auto d = st.view(s->id)->deliveries.at(0);
        EXPECT_EQ(d.state, delivery_state::failed);
        EXPECT_TRUE(d.reason.starts_with(gateway::damaged_mark)) << d.reason;
    }
    EXPECT_EQ(st.health().damaged, 2);
    EXPECT_TRUE(st.load(body.id)->damaged);
    EXPECT_FALSE(st.load(well.id)->damaged);
    EXPECT_EQ(st.list({}, 10).size(), 4U);
    EXPECT_EQ(st.take_notices(1600, 1000, 10).size(), 2U) << "their emitters are told";
    EXPECT_TRUE(st.verify_ledger().valid);
}
TEST_P(Store, ADamagedContentIsMendedByTheSameSubmission) {
    auto s = make("a");
    open().commit(s, {});
    sql("UPDATE document SET content=substr(content,1,61)");
    auto& st = open();
    EXPECT_THROW((void)st.documents(s.id), gateway::record_damaged);
    auto l = st.take("h", 1500, 1000, 1, {}).at(0);
    auto end = ends(delivery_state::failed);
    end.reason = std::string(gateway::damaged_mark) + "document 1";
    ASSERT_TRUE(st.settle(l, end));
    auto other = s;
    other.id = certs::uuid();
    other.request_digest = "another";
    EXPECT_EQ(st.commit(other, {}).what, gateway::commit_result::kind::conflict);
    EXPECT_THROW((void)st.documents(s.id), gateway::record_damaged);
    auto again = s;
    again.id = certs::uuid();
    again.received_at = 3000;
    auto said = st.commit(again, {});
    EXPECT_EQ(said.what, gateway::commit_result::kind::repeated);
    EXPECT_EQ(said.id, s.id);
    EXPECT_EQ(st.documents(s.id).at(0).bytes, s.documents[0].bytes);
    auto next = st.take("h", 3000, 1000, 1, {}).at(0);
    EXPECT_EQ(next.delivery, l.delivery);
    EXPECT_EQ(next.fixed, l.fixed);
    EXPECT_TRUE(st.verify_ledger().valid);
}
TEST_P(Store, AnotherMasterKeyIsRefusedAtOnceAndNothingFails) {
    open().commit(make("a", "a|"), {});
    store_->commit(make("b", "b|"), {});
    store_.reset();
    gateway::store_keys keys{std::string(32, 'x'), std::string(32, 's'), "test"};
    EXPECT_THROW((void)gateway::open_store(place_->engine(), keys), gateway::store_unavailable);
    EXPECT_EQ(open().take("h", 1500, 1000, 10, {}).size(), 2U);
}
TEST_P(Store, AJobThatFailsUndoesItselfAlone) {
    auto& st = open();
    auto s = make("a");
    st.commit(s, {});
    auto twin = make("b");
    twin.id = s.id;
    EXPECT_THROW((void)st.commit(twin, {}), gateway::store_unavailable);
    EXPECT_EQ(st.commit(make("c", "other"), {}).what, commit_result::kind::stored);
    EXPECT_EQ(st.list({}, 10).size(), 2U);
}
TEST_P(Store, ItsClockIsTheClock) {
    auto& st = open();
    auto early = st.time();
    EXPECT_GT(early, 1'700'000'000'000);
    EXPECT_GE(st.time(), early);
    EXPECT_LT(st.time() - early, 10'000);
}
TEST_P(Store, ANewerDatabaseIsRefused) {
    open();
    sql("UPDATE schema_version SET version=1000,oldest=1000");
    EXPECT_THROW((void)open(), gateway::store_unavailable);
}

TEST_P(Ledger, FindsAnAlteredEvent) {
    EXPECT_EQ(bad_after("UPDATE ledger SET fields='{}' WHERE seq=3"), 3);
}
TEST_P(Ledger, FindsARemovedEvent) { EXPECT_EQ(bad_after("DELETE FROM ledger WHERE seq=2"), 2); }
TEST_P(Ledger, FindsARemovedTail) { EXPECT_EQ(bad_after("DELETE FROM ledger WHERE seq=5"), 5); }
TEST_P(Ledger, FindsReorderedEvents) {
    EXPECT_EQ(bad_after("UPDATE ledger SET seq=-1 WHERE seq=2; UPDATE ledger SET seq=2 WHERE "
                        "seq=3; UPDATE ledger SET seq=3 WHERE seq=-1"),
              2);
}
TEST_P(Ledger, FindsATailCutTogetherWithItsHead) {
    EXPECT_EQ(bad_after("DELETE FROM ledger WHERE seq=5; UPDATE ledger_head SET seq=4, "
                        "hash=(SELECT hash FROM ledger WHERE seq=4)"),
              4);
}
TEST_P(Ledger, AnEmptyAccountWithAHeadIsNotValid) { EXPECT_EQ(bad_after("DELETE FROM ledger"), 1); }
TEST_P(Ledger, IsReadWholeAndInOrderBeyondOnePage) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 10; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 110; ++i) store_->record({"more", "anne", {}}, i);
        });
    for (auto& t : threads) t.join();
    std::int64_t last = 0;
    store_->read_ledger([&](gateway::ledger_event const& e) { EXPECT_EQ(e.sequence, ++last); });
    EXPECT_EQ(last, 1105);
    EXPECT_EQ(store_->verify_ledger().events, 1105);
}
