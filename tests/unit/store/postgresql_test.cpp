/// What several gateways over one database promise, and what happens when it goes away.
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "cutting_proxy.hpp"
#include "engines.hpp"

using gateway::commit_result;
using gateway::delivery_state;
using gateway::store_unavailable;
using namespace std::chrono_literals;

namespace {
class Postgresql : public testing::Test {
protected:
    void SetUp() override {
        place_ = postgresql_place();
        if (!place_) GTEST_SKIP() << "no PostgreSQL: run this through tests/postgresql.py";
    }
    std::int64_t number(std::string const& question) const {
        auto db = place_->direct();
        gateway::sql::statement s(*db, question);
        return s.step() ? s.number() : -1;
    }
    std::unique_ptr<place> place_;
};

/// A store whose wire to the database can be cut.
class PostgresqlWire : public Postgresql {
protected:
    void SetUp() override {
        Postgresql::SetUp();
        if (!place_) return;
        auto port = number("SELECT inet_server_port()::BIGINT");
        proxy_ = std::make_unique<cutting_proxy>(static_cast<int>(port));
        auto to = " dbname=" + name() + " port=" + std::to_string(proxy_->port());
        store_ = gateway::open_store(gateway::postgresql_engine({postgresql_server() + to, {}}),
                                     {std::string(32, 'k'), std::string(32, 's'), "production"});
    }
    void TearDown() override {
        store_.reset();
        proxy_.reset();
    }
    std::string name() const {
        auto db = place_->direct();
        gateway::sql::statement s(*db, "SELECT current_database()::TEXT");
        return s.step() ? s.text() : "";
    }
    std::unique_ptr<cutting_proxy> proxy_;
    std::unique_ptr<gateway::store> store_;
};

void together(int threads, std::function<void(int)> const& work) {
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) all.emplace_back([&, t] { work(t); });
    for (auto& t : all) t.join();
}

/// What is being delivered right now, and what was, as the peers would see it.
class witness {
public:
    void begins(gateway::lease const& l, std::string const& set) {
        std::lock_guard lock(guard_);
        EXPECT_TRUE(held_.insert(l.delivery).second) << "held twice at once";
        EXPECT_TRUE(sets_.insert(set).second) << "two of one set at once";
    }
    void ends(gateway::lease const& l, std::string const& set) {
        std::lock_guard lock(guard_);
        held_.erase(l.delivery);
        sets_.erase(set);
        EXPECT_TRUE(done_.insert(l.delivery).second) << "delivered twice";
        order_[set].push_back(l.delivery);
    }
    std::map<std::string, std::vector<std::string>> order() {
        std::lock_guard lock(guard_);
        return order_;
    }
    std::size_t done() {
        std::lock_guard lock(guard_);
        return done_.size();
    }

private:
    std::mutex guard_;
    std::set<std::string> held_, sets_, done_;
    std::map<std::string, std::vector<std::string>> order_;
};
}  // namespace

TEST_F(Postgresql, GatewaysThatStartTogetherOnAnEmptyDatabaseAllStart) {
    std::vector<std::unique_ptr<gateway::store>> stores(6);
    together(6, [&](int n) { stores[static_cast<std::size_t>(n)] = place_->open(); });
    EXPECT_EQ(stores[5]->commit(make("a"), {}).what, commit_result::kind::stored);
    EXPECT_EQ(stores[0]->list({}, 10).size(), 1U);
}

TEST_F(Postgresql, TheSameHandoverToTwoGatewaysAtOnceHasOneEffect) {
    auto one = place_->open(), two = place_->open();
    std::mutex guard;
    std::map<std::string, std::multiset<std::string>> ids;
    int stored = 0;
    together(8, [&](int t) {
        auto& st = t % 2 == 0 ? *one : *two;
        for (int n = 0; n < 25; ++n) {
            auto s = make(std::to_string(n));
            auto got = st.commit(s, {{"submission.accepted", "dpi", {}}});
            std::lock_guard lock(guard);
            stored += got.what == commit_result::kind::stored ? 1 : 0;
            EXPECT_NE(got.what, commit_result::kind::conflict);
            ids[s.idempotency_key].insert(got.id);
        }
    });
    EXPECT_EQ(stored, 25);
    for (auto const& [key, given] : ids)
        EXPECT_EQ(given.count(*given.begin()), 8U) << key << " has two ids";
    EXPECT_EQ(one->list({}, 100).size(), 25U);
    auto report = two->verify_ledger();
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.events, 25);
}

TEST_F(Postgresql, TwoGatewaysDeliverEachOnceAndInTheOrderOfItsSet) {
    constexpr int sets = 3, hands = 4, each = 30, all = hands * each;
    auto one = place_->open(), two = place_->open();
    witness seen;
    auto deadline = std::chrono::steady_clock::now() + 60s;
    together(2 * hands, [&](int t) {
        auto& st = t % 2 == 0 ? *one : *two;
        // Half of the threads hand over documents of the same sets, all at once.
        for (int n = 0; t < hands && n < each; ++n) {
            auto set = "set" + std::to_string(n % sets) + "|";
            auto s = make(std::to_string(t) + "." + std::to_string(n), set);
            s.deliveries[0].address = set;
            ASSERT_EQ(st.commit(s, {{"submission.accepted", "dpi", {}}}).what,
                      commit_result::kind::stored);
        }
        while (seen.done() < all && std::chrono::steady_clock::now() < deadline)
            for (auto& l : st.take("h" + std::to_string(t), 2000, 1'000'000, 3, {})) {
                seen.begins(l, l.address);
                std::this_thread::yield();
                seen.ends(l, l.address);
                EXPECT_TRUE(st.settle(l, ends(delivery_state::delivered)));
            }
    });
    EXPECT_EQ(seen.done(), static_cast<std::size_t>(all));
    std::map<std::string, std::vector<std::string>> came;
    auto deliveries = one->list({}, all + 1);
    for (auto d = deliveries.rbegin(); d != deliveries.rend(); ++d)
        came[d->address].push_back(d->id);
    EXPECT_EQ(seen.order(), came);
    auto report = one->verify_ledger();
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.events, 2 * all);
}

TEST_F(Postgresql, WorkOfOneGatewayWakesTheOthers) {
    auto one = place_->open(), two = place_->open();
    std::mutex guard;
    std::condition_variable heard;
    int calls = 0;
    two->on_work([&] {
        std::lock_guard lock(guard);
        ++calls;
        heard.notify_all();
    });
    std::unique_lock lock(guard);
    auto reach = [&](int wanted) {
        return heard.wait_for(lock, 10s, [&] { return calls >= wanted; });
    };
    ASSERT_TRUE(reach(1)) << "what came before it listened";
    auto s = make("a");
    one->commit(s, {});
    ASSERT_TRUE(reach(2)) << "a submission";
    lock.unlock();
    one->settle(one->take("h", 1500, 1000, 1, {}).at(0), ends(delivery_state::failed));
    ASSERT_TRUE(one->retry(s.deliveries[0].id, "anne", 1600));
    lock.lock();
    EXPECT_TRUE(reach(3)) << "a retry";
    lock.unlock();
    two->on_work({});
    auto before = calls;
    one->commit(make("b"), {});
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(calls, before);
}

TEST_F(Postgresql, AGatewayThatFreezesInATransactionHoldsTheOthersForSecondsOnly) {
    auto st = place_->open();
    auto frozen = place_->direct();
    frozen->run(frozen->speaks().begin);
    auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(st->commit(make("a"), {}).what, commit_result::kind::stored);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
    EXPECT_FALSE(frozen->sound());
    EXPECT_THROW(frozen->run("COMMIT"), store_unavailable);
}

TEST_F(Postgresql, SessionsThatTheServerEndedAreMadeAgain) {
    auto st = place_->open();
    st->commit(make("a"), {});
    ASSERT_EQ(st->list({}, 10).size(), 1U);
    place_->direct()->run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname=current_database() AND pid<>pg_backend_pid()");
    EXPECT_EQ(st->commit(make("b", "other"), {}).what, commit_result::kind::stored);
    EXPECT_EQ(st->list({}, 10).size(), 2U);
}

TEST_F(PostgresqlWire, ACommitWhoseAnswerIsLostIsNotConfirmedAndItsRetryHasOneEffect) {
    auto s = make("a");
    proxy_->lose_the_answer_to_commit();
    EXPECT_THROW((void)store_->commit(s, {{"submission.accepted", "dpi", {}}}), store_unavailable);
    ASSERT_EQ(number("SELECT COUNT(*) FROM submission"), 1) << "the test cut too early";
    auto again = make("a");
    auto got = store_->commit(again, {{"submission.accepted", "dpi", {}}});
    EXPECT_EQ(got.what, commit_result::kind::repeated);
    EXPECT_EQ(got.id, s.id);
    EXPECT_EQ(store_->verify_ledger().events, 1);

    auto l = store_->take("h", 1500, 1000, 1, {}).at(0);
    proxy_->lose_the_answer_to_commit();
    EXPECT_THROW((void)store_->settle(l, ends(delivery_state::delivered)), store_unavailable);
    EXPECT_FALSE(store_->settle(l, ends(delivery_state::delivered))) << "settled twice";
    EXPECT_EQ(store_->view(s.id)->state, "done");
    EXPECT_TRUE(store_->verify_ledger().valid);
}

TEST_F(PostgresqlWire, LeasesWhoseAnswerIsLostReturnWhenTheyEnd) {
    store_->commit(make("a"), {});
    proxy_->lose_the_answer_to_commit();
    EXPECT_THROW((void)store_->take("h", 1500, 1000, 1, {}), store_unavailable);
    EXPECT_TRUE(store_->take("h", 2499, 1000, 1, {}).empty());
    EXPECT_EQ(store_->take("h", 2500, 1000, 1, {}).size(), 1U);
}

TEST_F(PostgresqlWire, WithoutItsDatabaseEveryAskerIsToldAndItComesBack) {
    store_->commit(make("a"), {});
    auto l = store_->take("h", 1500, 1000, 1, {}).at(0);
    proxy_->down(true);
    EXPECT_THROW((void)store_->commit(make("b"), {}), store_unavailable);
    EXPECT_THROW((void)store_->take("h", 1500, 1000, 1, {}), store_unavailable);
    EXPECT_THROW((void)store_->renew(l, 1600, 1000), store_unavailable);
    EXPECT_THROW((void)store_->pin(l, {}), store_unavailable);
    EXPECT_THROW((void)store_->settle(l, ends(delivery_state::delivered)), store_unavailable);
    EXPECT_THROW((void)store_->take_notices(1500, 1000, 1), store_unavailable);
    EXPECT_THROW((void)store_->counts(), store_unavailable);
    EXPECT_THROW((void)store_->list({}, 10), store_unavailable);
    EXPECT_THROW((void)store_->documents(l.submission), store_unavailable);
    EXPECT_THROW((void)store_->time(), store_unavailable);
    EXPECT_THROW((void)store_->verify_ledger(), store_unavailable);
    EXPECT_THROW(store_->record({"test", "anne", {}}, 1), store_unavailable);
    proxy_->down(false);
    EXPECT_TRUE(store_->settle(l, ends(delivery_state::delivered)));
    EXPECT_EQ(store_->commit(make("b"), {}).what, commit_result::kind::stored);
    EXPECT_TRUE(store_->verify_ledger().valid);
}
