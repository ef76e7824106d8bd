/// What a store promises while its PostgreSQL changes under it: a standby that does not confirm, a
/// server that stands still, one that was replaced or takes no more writes.
#include <future>

#include "cutting_proxy.hpp"
#include "engines.hpp"

using gateway::commit_result;
using gateway::store_unavailable;
using namespace std::chrono_literals;

namespace {
class Failover : public testing::Test {
protected:
    void SetUp() override {
        place_ = postgresql_place();
        if (!place_) GTEST_SKIP() << "no PostgreSQL: run this through tests/postgresql.py";
        direct_ = place_->direct();
    }
    void TearDown() override {
        if (direct_) set("ALTER SYSTEM RESET ALL");
        store_.reset();
        proxy_.reset();
        direct_.reset();
    }
    std::string text(std::string const& question) {
        gateway::sql::statement s(*direct_, question);
        return s.step() ? s.text() : "";
    }
    /// For the whole server, at once.
    void set(std::string const& how) {
        direct_->run(how);
        direct_->run("SELECT pg_reload_conf()");
    }
    /// Until the server has as many sessions that wait for its standby.
    void until_waiting(std::size_t sessions) {
        auto end = std::chrono::steady_clock::now() + 20s;
        while (text("SELECT COUNT(*)::TEXT FROM pg_stat_activity WHERE wait_event='SyncRep' AND "
                    "application_name='liaison'") != std::to_string(sessions))
            ASSERT_LT(std::chrono::steady_clock::now(), end) << "no commit waits";
    }
    gateway::postgresql_options options() {
        return {postgresql_server() + " dbname=" + text("SELECT current_database()::TEXT"), {}};
    }
    gateway::store& open(gateway::postgresql_options const& o) {
        store_ = gateway::open_store(gateway::postgresql_engine(o),
                                     {std::string(32, 'k'), std::string(32, 's'), "production"});
        return *store_;
    }
    std::future<commit_result> hand_over(gateway::submission const& s) {
        return std::async(std::launch::async, [this, s] {
            return store_->commit(s, {{"submission.accepted", "dpi", {}}});
        });
    }

    std::unique_ptr<place> place_;
    std::unique_ptr<gateway::sql::connection> direct_;
    std::unique_ptr<cutting_proxy> proxy_;
    std::unique_ptr<gateway::store> store_;
};
}  // namespace

TEST_F(Failover, ACommitThatTheStandbyDoesNotConfirmIsNotConfirmedNorIsItsRepetition) {
    open(options());
    set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    auto s = make("a");
    auto first = hand_over(s);
    until_waiting(1);
    direct_->run(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event='SyncRep' AND "
        "application_name='liaison'");
    EXPECT_THROW((void)first.get(), store_unavailable);
    EXPECT_TRUE(store_->view(s.id)) << "the primary alone has it: what the server does";

    auto again = hand_over(make("a"));
    until_waiting(1);
    EXPECT_EQ(again.wait_for(0s), std::future_status::timeout) << "answered by one disk alone";
    set("ALTER SYSTEM RESET synchronous_standby_names");
    auto got = again.get();
    EXPECT_EQ(got.what, commit_result::kind::repeated);
    EXPECT_EQ(got.id, s.id);
}

TEST_F(Failover, TheTimeLimitForStatementsDoesNotEndTheWaitForTheStandby) {
    auto o = options();
    o.patience = 2s;  // the server ends statements after 1.5 s
    open(o);
    set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    auto s = make("a");
    EXPECT_THROW((void)hand_over(s).get(), store_unavailable);
    until_waiting(1);
    EXPECT_FALSE(store_->view(s.id)) << "visible before the standby has it";
    EXPECT_THROW((void)hand_over(make("b")).get(), store_unavailable);
    set("ALTER SYSTEM RESET synchronous_standby_names");
    EXPECT_EQ(hand_over(make("a")).get().id, s.id);
    EXPECT_EQ(hand_over(make("b")).get().what, commit_result::kind::stored);
}

TEST_F(Failover, AServerThatStandsStillIsGivenUpAndFoundAgain) {
    proxy_ = std::make_unique<cutting_proxy>(std::stoi(text("SELECT inet_server_port()::TEXT")));
    auto o = options();
    o.conninfo += " connect_timeout=2 port=" + std::to_string(proxy_->port());
    o.patience = 1s;
    auto& st = open(o);
    st.commit(make("a"), {});
    ASSERT_EQ(st.list({}, 10).size(), 1U);
    proxy_->freeze(true);
    auto began = std::chrono::steady_clock::now();
    EXPECT_THROW((void)st.commit(make("b"), {}), store_unavailable);
    EXPECT_THROW((void)st.list({}, 10), store_unavailable);
    EXPECT_THROW((void)st.time(), store_unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    proxy_->freeze(false);
    EXPECT_NE(st.commit(make("b"), {}).what, commit_result::kind::conflict);
    EXPECT_EQ(st.list({}, 10).size(), 2U);
}

TEST_F(Failover, AServerThatTakesNoMoreWritesIsLeft) {
    auto& st = open(options());
    st.commit(make("a"), {});
    ASSERT_EQ(st.list({}, 10).size(), 1U);
    set("ALTER SYSTEM SET default_transaction_read_only = on");
    auto until = std::chrono::steady_clock::now() + 10s;
    auto refused = [&st] {
        try {
            st.probe();
            return false;
        } catch (store_unavailable const&) {
            return true;
        }
    };
    while (!refused()) ASSERT_LT(std::chrono::steady_clock::now(), until);
    EXPECT_THROW((void)st.commit(make("b"), {}), store_unavailable);
    set("ALTER SYSTEM RESET default_transaction_read_only");
    auto writable = [this] { return gateway::sql::open_postgresql_database(options()) != nullptr; };
    ASSERT_TRUE(writable());
    EXPECT_EQ(st.commit(make("b"), {}).what, commit_result::kind::stored);
}

TEST_F(Failover, AServerThatWasReplacedIsRefusedAndItsSessionsAreLeft) {
    auto o = options();
    auto& st = open(o);
    st.commit(make("a"), {});
    EXPECT_EQ(st.list({}, 10).size(), 1U);
    // As if another session of this gateway had met the server that was promoted.
    *o.timeline = 1000;
    EXPECT_THROW((void)st.list({}, 10), store_unavailable);
    EXPECT_THROW((void)st.commit(make("b"), {}), store_unavailable);
    try {
        (void)gateway::sql::open_postgresql_database(o);
        FAIL();
    } catch (store_unavailable const& e) {
        EXPECT_NE(std::string(e.what()).find("was replaced"), std::string::npos) << e.what();
    }
}

TEST_F(Failover, OfSeveralServersTheOneThatIsThereIsUsed) {
    auto port = text("SELECT inet_server_port()::TEXT");
    auto o = options();
    // The port of a proxy that is gone again: nobody listens there.
    auto nobody = std::to_string(cutting_proxy(1).port());
    o.conninfo += " host=127.0.0.1,127.0.0.1 port=" + nobody + "," + port;
    EXPECT_EQ(open(o).commit(make("a"), {}).what, commit_result::kind::stored);
    o.conninfo += " port=" + nobody + "," + nobody;
    EXPECT_THROW((void)gateway::sql::open_postgresql_database(o), store_unavailable);
}
