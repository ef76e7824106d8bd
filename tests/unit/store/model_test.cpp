/// Random sequences of everything that can be asked of a store, each answer compared with the
/// model's. LIAISON_SEED=n replays one sequence.
#include "model.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "certs/digest.hpp"
#include "engines.hpp"

using gateway::delivery_state;
using gateway::destination_kind;

namespace {
constexpr int steps = 500;

class StoreModel : public OnEachEngine {
protected:
    void walk(std::uint64_t seed) {
        random_.seed(seed);
        for (int n = 0; n < steps && !HasFailure(); ++n) {
            step();
            compare();
        }
        whole();
    }

    /// Everything empty again.
    void renewed() {
        store_.reset();
        place_.reset();
        SetUp();
        model_ = {};
        leases_.clear();
    }

private:
    std::size_t below(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
    }
    std::string letter(char first, std::size_t n) {
        return {static_cast<char>(first + static_cast<char>(below(n)))};
    }

    void step() {
        auto& st = store_ ? *store_ : open();
        switch (below(25)) {
            case 0:
            case 1:
            case 2:
            case 3: commit(st); break;
            case 4:
            case 5:
            case 6: take(st); break;
            case 7:
            case 8:
            case 9:
            case 10: settle(st); break;
            case 11: renew(st); break;
            case 12: pin(st); break;
            case 13:
            case 14: retry(st); break;
            case 15: cancel(st); break;
            case 16: notices(st); break;
            case 17: told(st); break;
            case 18:
                st.record({"admin.looked", "anne", {}}, now_);
                model_.record({"admin.looked", "anne", {}});
                break;
            case 19: release(st); break;
            case 20: expire(st); break;
            case 21: rebase(st); break;
            case 22: now_ += static_cast<std::int64_t>(below(4000)); break;
            case 23: purge(st); break;
            default:
                if (below(4) == 0) reopen();
        }
        now_ += static_cast<std::int64_t>(below(200));
    }

    void commit(gateway::store& st) {
        // Few keys, so that many are repeated; few digests, so that some of those conflict.
        auto s = make("key " + std::to_string(below(60)), "", 0);
        s.emitter = letter('a', 2);
        s.request_digest = letter('a', 2);
        s.channel = below(3) == 0 ? "https" : "smtp";
        if (below(5) == 0) s.return_path.clear();
        s.received_at = now_;
        s.documents[0].bytes = s.id;
        if (below(4) == 0) s.documents.push_back(s.documents[0]);
        for (auto n = 1 + below(3); n > 0; --n) {
            gateway::new_delivery d;
            d.id = certs::uuid();
            d.kind = below(2) == 0 ? destination_kind::dmp : destination_kind::mssante;
            d.address = d.kind == destination_kind::dmp ? "" : "dr.x@cabinet.example";
            d.order_key = letter('A', 4);
            d.expires_at = below(9) == 0 ? 0 : now_ + static_cast<std::int64_t>(below(60'000));
            d.fixed = {{"lotId", letter('0', 10)}};
            s.deliveries.push_back(d);
        }
        std::vector<gateway::event> events{{"submission.accepted", s.emitter, {{"id", s.id}}}};
        auto got = st.commit(s, events), wanted = model_.commit(s, events);
        EXPECT_EQ(got.what, wanted.what);
        EXPECT_EQ(got.id, wanted.id);
    }

    void take(gateway::store& st) {
        std::vector<std::string> blocked;
        if (below(4) == 0) blocked = {"dmp"};
        if (below(8) == 0) blocked = {"mssante", "patient"};
        auto holder = letter('m', 3);
        auto lease_ms = static_cast<std::int64_t>(300 + below(4000));
        auto most = below(5);
        std::vector<std::string> at_work;
        for (auto n = below(3); n > 0 && !leases_.empty(); --n)
            at_work.push_back(some_lease()->delivery);
        auto got = st.take(holder, now_, lease_ms, most, blocked, at_work);
        auto wanted = model_.take(holder, now_, lease_ms, most, blocked, at_work);
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            EXPECT_EQ(got[i].delivery, wanted[i].delivery);
            EXPECT_EQ(got[i].submission, wanted[i].submission);
            EXPECT_EQ(got[i].holder, wanted[i].holder);
            EXPECT_EQ(got[i].fence, wanted[i].fence);
            EXPECT_EQ(got[i].until, wanted[i].until);
            EXPECT_EQ(got[i].kind, wanted[i].kind);
            EXPECT_EQ(got[i].address, wanted[i].address);
            EXPECT_EQ(got[i].fixed, wanted[i].fixed);
            EXPECT_EQ(got[i].attempts, wanted[i].attempts);
            EXPECT_EQ(got[i].expires_at, wanted[i].expires_at);
            leases_.push_back(got[i]);
        }
    }
    /// One of the latest leases: some are lost, some settled already.
    gateway::lease* some_lease() {
        if (leases_.empty()) return nullptr;
        auto back = below(std::min<std::size_t>(leases_.size(), 5));
        return &leases_[leases_.size() - 1 - back];
    }
    model::delivery* some_delivery() {
        return model_.deliveries.empty() ? nullptr
                                         : &model_.deliveries[below(model_.deliveries.size())];
    }

    void settle(gateway::store& st) {
        auto l = some_lease();
        if (l == nullptr) return;
        constexpr delivery_state to[] = {delivery_state::delivered, delivery_state::failed,
                                         delivery_state::failed, delivery_state::deferred,
                                         delivery_state::cancelled};
        auto s = ends(to[below(std::size(to))], now_ + static_cast<std::int64_t>(below(3000)));
        s.at = now_;
        if (below(2) == 0) s.fixed = {{"lotId", "settled"}};
        if (below(3) == 0) s.receipts.clear();
        if (below(3) == 0) s.events.push_back({"receipt.received", "peer", {}});
        EXPECT_EQ(st.settle(*l, s), model_.settle(*l, s));
    }
    void renew(gateway::store& st) {
        auto l = some_lease();
        if (l == nullptr) return;
        auto mine = *l;
        EXPECT_EQ(st.renew(*l, now_, 1500), model_.renew(mine, now_, 1500));
        EXPECT_EQ(l->until, mine.until);
    }
    void release(gateway::store& st) {
        auto l = some_lease();
        if (l != nullptr) {
            EXPECT_EQ(st.release(*l), model_.release(*l));
        }
    }
    void expire(gateway::store& st) {
        auto most = below(4);
        bool untried = below(2) == 0;
        std::vector<std::string> got;
        for (auto const& e : st.expire(now_, most, untried)) got.push_back(e.delivery);
        EXPECT_EQ(got, model_.expire(now_, most, untried));
    }
    void rebase(gateway::store& st) {
        auto farthest = now_ + static_cast<std::int64_t>(below(3000));
        st.rebase(now_, farthest);
        model_.rebase(now_, farthest);
    }
    void pin(gateway::store& st) {
        auto l = some_lease();
        if (l == nullptr) return;
        std::map<std::string, std::string> fixed{{"sent", letter('0', 10)}};
        EXPECT_EQ(st.pin(*l, fixed), model_.pin(*l, fixed));
    }
    void retry(gateway::store& st) {
        // Mostly one that was under way lately: its successor may be so now.
        auto l = some_lease();
        if (l == nullptr) return;
        auto id = below(4) == 0 ? some_delivery()->told.id : l->delivery;
        EXPECT_EQ(st.retry(id, "anne", now_), model_.retry(id, now_));
        take(st);
    }
    void cancel(gateway::store& st) {
        auto d = some_delivery();
        if (d == nullptr) return;
        EXPECT_EQ(st.cancel(d->told.id, "anne", "no more", now_),
                  model_.cancel(d->told.id, "no more", now_));
    }
    void purge(gateway::store& st) {
        auto ended = now_ - static_cast<std::int64_t>(below(6000));
        auto got = st.purge(ended, now_, 1000);
        auto wanted = model_.purge(ended);
        EXPECT_EQ(std::set(got.begin(), got.end()), wanted);
    }
    void notices(gateway::store& st) {
        auto most = below(4);
        auto got = st.take_notices(now_, 700, most);
        auto wanted = model_.take_notices(now_, 700, most);
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            EXPECT_EQ(got[i].delivery, wanted[i].delivery);
            EXPECT_EQ(got[i].attempts, wanted[i].attempts);
        }
    }
    void told(gateway::store& st) {
        if (model_.notices.empty()) return;
        auto id = model_.notices[below(model_.notices.size())].delivery;
        bool sent = below(2) == 0;
        st.notice_done(id, sent, "said", now_, now_ + 400);
        model_.notice_done(id, sent, now_ + 400);
    }
    void reopen() {
        open();
        if (place_->exclusive()) model_.give_leases_back();
    }

    void same(gateway::delivery_view const& got, model::delivery const& wanted) {
        EXPECT_EQ(got.id, wanted.told.id);
        EXPECT_EQ(got.submission, wanted.submission);
        EXPECT_EQ(got.address, wanted.told.address);
        EXPECT_EQ(got.kind, wanted.told.kind);
        EXPECT_EQ(got.state, wanted.state);
        EXPECT_EQ(got.reason, wanted.reason);
        EXPECT_EQ(got.next_attempt_at, wanted.next_at);
        EXPECT_EQ(got.expires_at, wanted.told.expires_at);
        EXPECT_EQ(got.receipts.size(), wanted.receipts);
        ASSERT_EQ(got.attempts.size(), wanted.attempts.size());
        for (std::size_t i = 0; i < got.attempts.size(); ++i) {
            EXPECT_EQ(got.attempts[i].at, wanted.attempts[i].at);
            EXPECT_EQ(got.attempts[i].outcome, wanted.attempts[i].outcome);
            EXPECT_EQ(got.attempts[i].peer, wanted.attempts[i].peer);
        }
    }
    void compare() {
        auto& st = store_ ? *store_ : open();
        EXPECT_EQ(st.counts(), model_.counts());
        EXPECT_EQ(st.next_due(now_), model_.next_due(now_));
        for (auto* d : {some_delivery(), some_delivery()})
            if (d != nullptr) same(st.delivery(d->told.id).value(), *d);
    }
    void whole() {
        auto& st = store_ ? *store_ : open();
        auto all = st.list({}, model_.deliveries.size() + 1);
        ASSERT_EQ(all.size(), model_.deliveries.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            same(all[all.size() - 1 - i], model_.deliveries[i]);
        for (auto const& s : model_.submissions) {
            EXPECT_EQ(st.view(s.id)->state, model_.state_of(s.id));
            EXPECT_EQ(st.view(s.id)->purged_at != 0, model_.purged.contains(s.id));
            if (model_.purged.contains(s.id)) {
                EXPECT_THROW((void)st.documents(s.id), gateway::content_purged);
                continue;
            }
            auto documents = st.documents(s.id);
            ASSERT_EQ(documents.size(), s.documents.size());
            for (std::size_t i = 0; i < documents.size(); ++i)
                EXPECT_EQ(documents[i].bytes, s.documents[i].bytes);
        }
        std::vector<std::string> told;
        st.read_ledger(
            [&](gateway::ledger_event const& e) { told.push_back(e.type + " " + e.actor); });
        EXPECT_EQ(told, model_.ledger);
        auto report = st.verify_ledger();
        EXPECT_TRUE(report.valid) << report.reason;
        EXPECT_EQ(report.events, static_cast<std::int64_t>(model_.ledger.size()));
    }

    std::mt19937_64 random_;
    gateway::instant now_{1'000'000};
    model model_;
    std::vector<gateway::lease> leases_;
};
INSTANTIATE_TEST_SUITE_P(Engine, StoreModel, each_engine, engine_name);

std::uint64_t seed() {
    auto said = std::getenv("LIAISON_SEED");
    return said != nullptr ? std::strtoull(said, nullptr, 10) : std::random_device{}();
}
}  // namespace

TEST_P(StoreModel, AnswersAsTheModelDoes) {
    auto chosen = seed();
    std::cout << "LIAISON_SEED=" << chosen << std::endl;
    SCOPED_TRACE("LIAISON_SEED=" + std::to_string(chosen));
    walk(chosen);
}
TEST_P(StoreModel, AnswersAsTheModelDoesForTheSeedsOfEveryRun) {
    for (std::uint64_t chosen : {1U, 2U, 3U}) {
        SCOPED_TRACE("LIAISON_SEED=" + std::to_string(chosen));
        walk(chosen);
        if (HasFailure()) return;
        renewed();
    }
}
